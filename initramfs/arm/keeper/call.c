/* SPDX-License-Identifier: MIT */
/* call: the callback to the server; see call.h. */
#include "call.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arm/sys.h"

enum {
	CALL_KEPT = 3, /* exit status: acknowledged, but pstore's records are not stored */
	CALL_SPARE_MS = 1000, /* for the child to say so, before it would be killed */
};

void arm_call_body(const struct arm_report *report, struct kv_out *body)
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

/* What a server answers, as far as there is room; an endless answer is an error. */
struct answer {
	size_t seen, len;
	char text[SESSION_CONF_MAX];
};

static size_t call_keep(char *data, size_t size, size_t count, void *arg)
{
	struct answer *answer = arg;
	size_t len = size * count, room = sizeof(answer->text) - 1 - answer->len;

	answer->seen += len;
	if (room > len)
		room = len;
	memcpy(answer->text + answer->len, data, room);
	answer->len += room;
	answer->text[answer->len] = '\0';
	return answer->seen > 65536 ? 0 : len;
}

/* GET, or POST of body where there is one; bearer: a header or NULL. What came is in answer. */
static int call_http(struct err *err, const char *url, const char *full, const char *bearer,
    const char *body, struct answer *answer)
{
	char reason[CURL_ERROR_SIZE] = "";
	struct curl_slist *headers = NULL;
	CURL *curl = curl_easy_init();
	CURLcode code;
	long status = 0;

	answer->seen = answer->len = 0;
	answer->text[0] = '\0';
	if (!curl)
		return err_set(err, "libcurl does not start");
	if (bearer)
		headers = curl_slist_append(NULL, bearer);
	curl_easy_setopt(curl, CURLOPT_URL, full);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	if (body)
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "lastwords-arm");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 5L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, 10L);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, call_keep);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
	code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	if (code != CURLE_OK)
		return err_set(err, "%s: %s", url, reason[0] ? reason : curl_easy_strerror(code));
	if (status != 200)
		return err_set(err, "%s answers %ld", url, status);
	return 0;
}

static int call_post(
    struct err *err, const char *url, const char *session, const char *token, const char *body)
{
	char full[512], bearer[256];
	static struct answer answer;

	if ((size_t)snprintf(full, sizeof(full), "%s/callback/%s", url, session) >= sizeof(full) ||
	    (size_t)snprintf(bearer, sizeof(bearer), "Authorization: Bearer %s", token) >=
		sizeof(bearer))
		return err_set(err, "url or token too long");
	return call_http(err, url, full, bearer, body, &answer);
}

static int call_get(struct err *err, const char *url, const char *query, struct answer *answer)
{
	char full[SESSION_CONF_MAX];

	if ((size_t)snprintf(full, sizeof(full), "%s/session/open?%s", url, query) >= sizeof(full))
		return err_set(err, "the query for a session is too long");
	if (call_http(err, url, full, NULL, NULL, answer) == 0)
		return 0;
	if (answer->len > 0) /* the server's reason */
		err_set(err, "%.120s: %.*s", err->msg, (int)strcspn(answer->text, "\r\n"),
		    answer->text);
	return -1;
}

/* A child with a pipe to us. Its pid, 0 in the child (fd is then the pipe's end), -1. */
static pid_t call_fork(struct err *err, struct arm_call *call, int *fd)
{
	int out[2];

	call->said[0] = '\0';
	call->end = arm_now() + ARM_CALL_LIMIT_MS;
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

int arm_call_begin(struct err *err, struct arm_call *call, const struct session_conf *conf,
    const char *body, const struct arm_pstore *pstore)
{
	const char *url = conf->url[call->tries++ % conf->url_count];
	pid_t pid;
	int fd;

	call->body = body != NULL;
	call->open = 0;
	pid = call_fork(err, call, &fd);
	if (pid == 0) {
		struct err failed = {""};
		int bad = body ? call_post(&failed, url, conf->session, conf->token, body) : 0;
		int kept =
		    !bad && arm_pstore_send(&failed, pstore, url, conf, call->end - CALL_SPARE_MS);
		ssize_t n = write(fd, failed.msg, strlen(failed.msg));

		_exit(bad || n < 0 ? 1 : kept ? CALL_KEPT : 0);
	}
	return pid < 0 ? -1 : 0;
}

int arm_call_open(struct err *err, struct arm_call *call, const char *url, const char *query)
{
	static struct answer answer;
	pid_t pid;
	int fd;

	call->body = 0;
	call->open = 1;
	pid = call_fork(err, call, &fd);
	if (pid == 0) {
		struct err failed = {""};
		int bad = call_get(&failed, url, query, &answer);
		const char *text = bad ? failed.msg : answer.text;
		ssize_t n = write(fd, text, strlen(text)); /* at most PIPE_BUF: in one piece */

		_exit(bad || n < 0);
	}
	return pid < 0 ? -1 : 0;
}

int arm_call_end(struct err *err, struct arm_call *call)
{
	char *said = call->said;
	ssize_t n = -1;
	int status = -1;

	if (arm_now() >= call->end)
		kill(call->pid, SIGKILL);
	else
		n = read(call->fd, said, sizeof(call->said) - 1);
	said[n > 0 ? n : 0] = '\0';
	close(call->fd);
	call->fd = -1;
	while (waitpid(call->pid, &status, 0) < 0 && errno == EINTR)
		;
	call->pid = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == CALL_KEPT)
		return err_set(err, "%.300s", said), 1;
	return err_set(err, "%.300s", said[0] ? said : "the call did not end in time");
}
