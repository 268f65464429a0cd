/* SPDX-License-Identifier: MIT */
/* call: requests to the server; see call.h. */
#include "call.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arm/http.h"
#include "arm/pstore/send.h"
#include "arm/sys.h"

enum {
	CALL_HTTP_MS = 10000, /* for one request */
	CALL_SPARE_MS = 1000, /* for the child to report, before it would be killed */
};

void call_body(const struct call_report *report, struct kv_out *body)
{
	const struct {
		const char *key, *text;
		long long number;
	} fields[] = {
	    {"why", report->armed ? "" : report->why, 0},
	    {"crashkernel", NULL, report->crashkernel},
	    {"capture", report->capture, 0},
	    {"ms", NULL, report->ms},
	    {"release", report->release, 0},
	    {"interface", report->interface, 0},
	    {"address", report->address, 0},
	    {"netconsole", report->netconsole, 0},
	    {"uptime", NULL, report->uptime},
	    {"consoles", report->consoles, 0},
	    {"panic", NULL, report->panic},
	    {"pstore", report->pstore, 0},
	    {"watchdog", report->watchdog, 0},
	};

	kv_out_pair(body, '&', "event", "running");
	kv_out_pair(body, '&', "armed", report->armed ? "yes" : "no");
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (fields[i].text && fields[i].text[0])
			kv_out_pair(body, '&', fields[i].key, fields[i].text);
		else if (!fields[i].text && fields[i].number >= 0)
			kv_out_num(body, '&', fields[i].key, (unsigned long long)fields[i].number);
	}
}

static int call_post(struct err *err, const char *url, const struct session_conf *conf,
    const char *body, struct http_reply *reply)
{
	char path[256];
	struct http_request request = {.server = url,
	    .path = path,
	    .token = conf->token,
	    .body = body,
	    .body_len = strlen(body),
	    .limit_ms = CALL_HTTP_MS};

	snprintf(path, sizeof(path), "/callback/%s", conf->session);
	return http_send(err, &request, reply);
}

static int call_get(struct err *err, const char *url, const char *query, struct http_reply *reply)
{
	char path[SESSION_CONF_MAX + 32];
	struct http_request request = {.server = url, .path = path, .limit_ms = CALL_HTTP_MS};

	snprintf(path, sizeof(path), "/session/open?%s", query);
	if (http_send(err, &request, reply) == 0)
		return 0;
	if (reply->len > 0) /* the server's reason */
		err_set(
		    err, "%.120s: %.*s", err->msg, (int)strcspn(reply->text, "\r\n"), reply->text);
	return -1;
}

/* A child with a pipe to us. Its pid, 0 in the child (fd is then the pipe's end), -1. */
static pid_t call_fork(struct err *err, struct call *call, int *fd)
{
	int out[2];

	call->said[0] = '\0';
	call->end = sys_now() + CALL_LIMIT_MS;
	if (pipe2(out, O_CLOEXEC))
		return err_errno(err, "pipe");
	call->pid = fork();
	if (call->pid == 0) {
		*fd = out[1];
		return 0;
	}
	close(out[1]);
	if (call->pid < 0) {
		call->pid = 0;
		close(out[0]);
		return err_errno(err, "fork");
	}
	call->fd = out[0];
	return call->pid;
}

/* The child's end: text to the keeper, in one piece (it is at most PIPE_BUF). */
_Noreturn static void call_exit(int fd, const char *text, enum call_result result)
{
	ssize_t n = write(fd, text, strlen(text));

	_exit(n < 0 ? CALL_FAILED : result);
}

int call_begin(struct err *err, struct call *call, const struct session_conf *conf,
    const char *body, const struct pstore *pstore)
{
	static struct http_reply reply;
	const char *url = conf->url[call->tries++ % conf->url_count];
	struct err failed = {""};
	pid_t pid;
	int fd;

	call->kind = body ? CALL_RUNNING : CALL_PSTORE;
	pid = call_fork(err, call, &fd);
	call->end += pstore_send_ms(pstore);
	if (pid != 0)
		return pid < 0 ? -1 : 0;
	if (body && call_post(&failed, url, conf, body, &reply))
		call_exit(fd, failed.msg, CALL_FAILED);
	if (pstore_send(&failed, pstore, url, conf, call->end - CALL_SPARE_MS))
		call_exit(fd, failed.msg, CALL_PSTORE_LEFT);
	call_exit(fd, "", CALL_DONE);
}

int call_open(struct err *err, struct call *call, const char *url, const char *query)
{
	static struct http_reply reply;
	struct err failed = {""};
	pid_t pid;
	int fd;

	call->kind = CALL_OPEN;
	pid = call_fork(err, call, &fd);
	if (pid != 0)
		return pid < 0 ? -1 : 0;
	if (call_get(&failed, url, query, &reply))
		call_exit(fd, failed.msg, CALL_FAILED);
	call_exit(fd, reply.text, CALL_DONE);
}

enum call_result call_end(struct err *err, struct call *call)
{
	char *said = call->said;
	ssize_t n = -1;
	int status = -1;

	if (sys_now() >= call->end)
		kill(call->pid, SIGKILL);
	else
		n = read(call->fd, said, sizeof(call->said) - 1);
	said[n > 0 ? n : 0] = '\0';
	close(call->fd);
	call->fd = -1;
	while (waitpid(call->pid, &status, 0) < 0 && errno == EINTR)
		;
	call->pid = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == CALL_DONE)
		return CALL_DONE;
	err_set(err, "%.300s", said[0] ? said : "the call did not end in time");
	if (WIFEXITED(status) && WEXITSTATUS(status) == CALL_PSTORE_LEFT)
		return CALL_PSTORE_LEFT;
	return CALL_FAILED;
}
