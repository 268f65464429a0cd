/* SPDX-License-Identifier: MIT */
/*
 * cgi_main: the frame of a CGI and FastCGI program; see cgi_main.h. Of cgi/, only this file knows of
 * stdio, the environment and exit.
 */
#include "cgi_main.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "config.h"
#include "load.h"

/* Last: it takes over the names of stdio. */
#include <fcgi_stdio.h>

/* Before FCGI_Accept, libfcgi's stdio writes nowhere. */
static void say(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0)
		exit(1);
}

static const char *variable(const char *name)
{
	return getenv(name);
}

/* Less than asked for is the end of the body, or the connection's. */
static ssize_t body_read(void *arg, void *buf, size_t size)
{
	(void)arg;
	return (ssize_t)fread(buf, 1, size, stdin);
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
static int shed(const struct cgi_program *program, struct site *site, struct load *load,
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

static void answer(const struct cgi_program *program, struct site *site, struct load *load)
{
	static struct reply reply;
	struct request request;
	char head[REPLY_HEAD_MAX];
	int64_t now = clock_now(), start_us = now_us();
	int sent_away;

	request_init(&request, variable);
	request.read = body_read;
	site_refresh(site, now);
	sent_away = shed(program, site, load, &request, now, &reply);
	if (!sent_away)
		program->answer(site, &request, now, &reply);
	fwrite(head, 1, reply_head(&reply, head), stdout);
	if (strcmp(request.method, "HEAD") != 0)
		fwrite(reply.body, 1, reply.out.len, stdout);
	if (reply.warning.msg[0])
		fprintf(stderr, "%s: %s\n", program->name, reply.warning.msg);
	if (!sent_away)
		load_note(load, now_us() - start_us);
}

int cgi_main(const struct cgi_program *program, int argc, char **argv)
{
	static const struct option options[] = {
	    {"config", required_argument, NULL, 'c'}, {"help", no_argument, NULL, 'h'}, {0}};
	const char *path = NULL;
	struct load load = {.mean_us = 0};
	struct site site;
	int option;

	while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		if (option == 'c') {
			path = optarg;
		} else {
			say(option == 'h' ? STDOUT_FILENO : STDERR_FILENO, program->usage);
			return option == 'h' ? 0 : 2;
		}
	}
	if (optind < argc) {
		say(STDERR_FILENO, program->usage);
		return 2;
	}
	site_init(&site, config_path(path));
	while (FCGI_Accept() >= 0)
		answer(program, &site, &load);
	site_free(&site);
	return 0;
}
