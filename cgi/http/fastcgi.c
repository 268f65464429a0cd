/* SPDX-License-Identifier: MIT */
/*
 * fastcgi: the frame of a CGI and FastCGI program; see fastcgi.h. Of cgi/, only this file knows of
 * stdio, the environment and exit.
 */
#include "fastcgi.h"

#include <errno.h>
#include <fcgiapp.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "config/config.h"
#include "load.h"

/* What the frame knows of the request's connection; NULL: this is CGI, with stdio and environ. */
static FCGX_Request *connection;

/* (FCGX_GetParam compares as much of each as it can.) */
static const char *variable(const char *name)
{
	size_t len = strlen(name);

	if (!connection)
		return getenv(name);
	for (char **at = connection->envp; *at; at++)
		if ((*at)[0] == name[0] && strncmp(*at, name, len) == 0 && (*at)[len] == '=')
			return *at + len + 1;
	return NULL;
}

/* Less than asked for is the end of the body, or the connection's. */
static ssize_t body_read(void *arg, void *buf, size_t size)
{
	(void)arg;
	if (!connection)
		return (ssize_t)fread(buf, 1, size, stdin);
	return FCGX_GetStr(buf, size < INT_MAX ? (int)size : INT_MAX, connection->in);
}

/* What nobody reads any more is lost with its reader. */
static void put(const char *bytes, size_t len)
{
	if (connection)
		(void)FCGX_PutStr(bytes, (int)len, connection->out);
	else
		(void)fwrite(bytes, 1, len, stdout);
}

/* A reply's file. If it was truncated meanwhile, less is sent than Content-Length has. */
static void put_file(const struct reply *reply)
{
	static char buf[65536];
	uint64_t left = reply->file_len;

	while (left > 0) {
		ssize_t n = read(reply->file, buf, left < sizeof(buf) ? (size_t)left : sizeof(buf));

		if (n <= 0)
			break;
		put(buf, (size_t)n);
		left -= (uint64_t)n;
	}
}

/* --- a request that takes too long ------------------------------------------------------------------- */

static const char *late_page;
static volatile sig_atomic_t has_answered; /* bytes of the answer went out */

/* The header of a FastCGI record (FastCGI 1.0, section 3.3) about the request. */
static void record_header(unsigned char header[8], unsigned char type, size_t len)
{
	header[0] = 1;
	header[1] = type;
	header[2] = (unsigned char)(connection->requestId >> 8);
	header[3] = (unsigned char)connection->requestId;
	header[4] = (unsigned char)(len >> 8);
	header[5] = (unsigned char)len;
	header[6] = header[7] = 0;
}

/*
 * SIGALRM: libfcgi and malloc may be in the middle of anything, so that only write(2) is left to answer, and
 * the process ends. STDOUT with the page, STDOUT's end, END_REQUEST.
 */
static void on_late(int sig)
{
	size_t len = has_answered ? 0 : strlen(late_page);
	unsigned char header[8], end[8] = {0};
	int fd = connection ? connection->ipcFd : STDOUT_FILENO;
	int sent = 1;

	(void)sig;
	if (connection && len > 0) {
		record_header(header, 6, len);
		sent = write(fd, header, sizeof(header)) == sizeof(header);
	}
	if (len > 0)
		sent = sent && write(fd, late_page, len) == (ssize_t)len;
	if (connection && len > 0 && sent) {
		record_header(header, 6, 0);
		sent = write(fd, header, sizeof(header)) == sizeof(header);
		record_header(header, 3, sizeof(end));
		sent = sent && write(fd, header, sizeof(header)) == sizeof(header) &&
		       write(fd, end, sizeof(end)) == sizeof(end);
	}
	_exit(sent ? 0 : 1);
}

static void put_sink(const char *bytes, size_t len)
{
	has_answered = 1;
	put(bytes, len);
	if (connection)
		(void)FCGX_FFlush(connection->out);
}

static void answer_by_sink(const struct fastcgi_program *program, struct site *site,
    const struct request *request, int64_t now)
{
	static struct sink sink;

	sink_init(&sink, put_sink, strcmp(request->method, "HEAD") == 0);
	has_answered = 0;
	if (program->limit_s) {
		late_page = program->late_page;
		signal(SIGALRM, on_late);
		alarm((unsigned)program->limit_s);
	}
	program->send(site, request, now, &sink);
	sink_flush(&sink);
	alarm(0);
}

static void warn(const char *name, const char *text)
{
	if (connection)
		(void)FCGX_FPrintF(connection->err, "%s: %s\n", name, text);
	else
		fprintf(stderr, "%s: %s\n", name, text);
}

/*
 * libfcgi shuts its side down and waits until the web server has closed, lest bytes that nobody has
 * read make the kernel throw the answer away. A request without a body that was read to its end has
 * none: it is closed at once, and the worker is free for the next. An authorizer gets no body, nor its end.
 */
static void finish(const struct request *request)
{
	const char *role = variable("FCGI_ROLE");
	char rest[64];

	if ((!role || strcmp(role, "AUTHORIZER") != 0) && request->length <= 0 &&
	    !request->chunked && FCGX_GetStr(rest, sizeof(rest), connection->in) == 0 &&
	    !FCGX_GetError(connection->in))
		(void)FCGX_Detach(connection);
	FCGX_Finish_r(connection);
}

/* People see in the journal that machines had to wait, once a minute. */
static void tell_shed(struct site *site, struct load *load, int64_t now)
{
	char line[JOURNAL_LINE_MAX], text[128];
	struct kv_out out;
	struct err err;

	if (load->told_ms && now - load->told_ms < 60000 && now >= load->told_ms)
		return;
	snprintf(text, sizeof(text), "overloaded: %lld machines were told to ask again",
	    (long long)load->shed);
	journal_begin(&out, line, sizeof(line), now, "event", NULL);
	kv_out_pair(&out, ' ', "what", "overload");
	kv_out_pair(&out, ' ', "text", text);
	(void)journal_writer_append(&err, &site->journal, site->config.state, &out);
	load->told_ms = now;
	load->shed = 0;
}

/* 1 if the request is sent away with the reply, because too many wait behind it. */
static int shed(const struct fastcgi_program *program, struct site *site, struct load *load,
    const struct request *request, int64_t now, struct reply *reply)
{
	uint32_t spread = (uint32_t)now;
	int after;

	if (!program->comes_again || !site->loaded || !load_look(load, site->config.shed_after) ||
	    !program->comes_again(request))
		return 0;
	for (const char *q = request->query; *q; q++)
		spread = (spread ^ (unsigned char)*q) * 16777619u;
	after = load_retry_after(
	    load, load_waiting(STDIN_FILENO), site->config.shed_after, spread >> 8);
	if (!after)
		return 0;
	reply_init(reply);
	reply_error(reply, 503, "too many machines boot at once; come again in %d s", after);
	reply->retry_after = after;
	load->shed++;
	tell_shed(site, load, now);
	return 1;
}

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void answer(const struct fastcgi_program *program, struct site *site, struct load *load)
{
	static struct reply reply;
	struct request request;
	char head[REPLY_HEAD_MAX];
	int64_t now = clock_now(), start_us = now_us();
	int sent_away;

	request_init(&request, variable);
	request.read = body_read;
	site_refresh(site, now);
	if (program->send) {
		answer_by_sink(program, site, &request, now);
		if (connection)
			finish(&request);
		return;
	}
	sent_away = shed(program, site, load, &request, now, &reply);
	if (!sent_away)
		program->answer(site, &request, now, &reply);
	put(head, reply_head(&reply, head));
	if (strcmp(request.method, "HEAD") != 0)
		put(reply.body, reply.out.len);
	if (reply.has_file && strcmp(request.method, "HEAD") != 0)
		put_file(&reply);
	if (reply.has_file)
		close(reply.file);
	if (reply.warning.msg[0])
		warn(program->name, reply.warning.msg);
	if (connection)
		finish(&request);
	if (!sent_away)
		load_note(load, now_us() - start_us);
}

int fastcgi_main(const struct fastcgi_program *program, int argc, char **argv)
{
	static const struct option options[] = {
	    {"config", required_argument, NULL, 'c'}, {"help", no_argument, NULL, 'h'}, {0}};
	const char *path = NULL;
	struct load load = {.mean_us = 0};
	FCGX_Request accepted;
	struct site site;
	int option;

	while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		if (option == 'c') {
			path = optarg;
		} else {
			fputs(program->usage, option == 'h' ? stdout : stderr);
			return option == 'h' ? 0 : 2;
		}
	}
	if (optind < argc) {
		fputs(program->usage, stderr);
		return 2;
	}
	site_init(&site, config_path(path));
	if (FCGX_IsCGI()) {
		answer(program, &site, &load);
	} else if ((!getenv("LASTWORDS_END_WITH_PARENT") ||
		       prctl(PR_SET_PDEATHSIG, SIGTERM) == 0) &&
		   FCGX_Init() == 0 && FCGX_InitRequest(&accepted, STDIN_FILENO, 0) == 0) {
		connection = &accepted;
		while (FCGX_Accept_r(&accepted) == 0)
			answer(program, &site, &load);
	}
	site_free(&site);
	if (fflush(stdout) == 0)
		return 0;
	fprintf(stderr, "%s: cannot write the answer: %s\n", program->name, strerror(errno));
	return 1;
}
