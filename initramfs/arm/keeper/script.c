/* SPDX-License-Identifier: MIT */
/* script: the session's script, run once; see script.h. */
#include "script.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arm/http.h"

struct runner {
	const struct sys *sys;
	const struct session_conf *conf;
	int root; /* of PID 1 */
	int text; /* the script, a memfd */
	struct script_tail tail;
	struct script_end end;
};

/* --- parts ----------------------------------------------------------------------------------------- */

void script_tail_add(struct script_tail *tail, const char *bytes, size_t len)
{
	if (len > SCRIPT_OUTPUT_MAX) {
		tail->left_out += len - SCRIPT_OUTPUT_MAX;
		bytes += len - SCRIPT_OUTPUT_MAX;
		len = SCRIPT_OUTPUT_MAX;
	}
	for (size_t i = 0; i < len; i++) {
		tail->bytes[tail->at] = bytes[i];
		tail->at = (tail->at + 1) % SCRIPT_OUTPUT_MAX;
	}
	tail->len += len;
	if (tail->len > SCRIPT_OUTPUT_MAX) {
		tail->left_out += tail->len - SCRIPT_OUTPUT_MAX;
		tail->len = SCRIPT_OUTPUT_MAX;
	}
}

char *script_text(const struct script_tail *tail, const struct script_end *end, size_t *len)
{
	enum { LINES_MAX = 400 };
	char *text = malloc(tail->len + LINES_MAX);
	size_t from = (tail->at + SCRIPT_OUTPUT_MAX - tail->len) % SCRIPT_OUTPUT_MAX, n = 0;
	size_t first = SCRIPT_OUTPUT_MAX - from < tail->len ? SCRIPT_OUTPUT_MAX - from : tail->len;

	if (!text)
		return NULL;
	if (tail->left_out)
		n = (size_t)snprintf(
		    text, LINES_MAX, "[lastwords: %llu bytes left out]\n", tail->left_out);
	if (tail->len) {
		memcpy(text + n, tail->bytes + from, first);
		memcpy(text + n + first, tail->bytes, tail->len - first);
		n += tail->len;
		if (text[n - 1] != '\n')
			text[n++] = '\n';
	}
	n += (size_t)snprintf(text + n, 300, "[lastwords: ");
	if (end->status >= 0)
		n += (size_t)snprintf(text + n, 64, "exit status %d, ", end->status);
	else if (end->signal)
		n += (size_t)snprintf(text + n, 64, "ended by signal %d, ", end->signal);
	if (end->why[0])
		n += (size_t)snprintf(text + n, sizeof(end->why) + 2, "%s, ", end->why);
	n += (size_t)snprintf(text + n, 64, "%lld.%03lld s]\n", end->ms / 1000, end->ms % 1000);
	*len = n;
	return text;
}

/* --- the booted OS --------------------------------------------------------------------------------- */

/* 1 if PID 1 is in an initramfs that will probably hand over to another root. */
static int root_is_early(int root)
{
	/* dracut and systemd, initramfs-tools, mkinitcpio, mkinitfs */
	static const char *const signs[] = {
	    "etc/initrd-release", "scripts/functions", "init_functions", "sysroot"};
	struct stat is, ours;

	if (fstat(root, &is) || stat("/", &ours) || is.st_dev != ours.st_dev ||
	    is.st_ino != ours.st_ino)
		return 0;
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (faccessat(root, signs[i], F_OK, 0) == 0)
			return 1;
	return 0;
}

static int runner_find_root(struct err *err, struct runner *runner)
{
	int64_t end = sys_now() + SCRIPT_HANDOVER_MS;
	int waited = 0;

	for (;; waited = 1) {
		runner->root =
		    openat(runner->sys->proc, "1/root", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (runner->root < 0)
			return err_errno(err, "the OS's root");
		if (!root_is_early(runner->root) || sys_now() >= end)
			break;
		close(runner->root);
		poll(NULL, 0, 500);
	}
	/* PID 1 changes its root first, and becomes the OS's init then. */
	if (waited)
		poll(NULL, 0, SCRIPT_SETTLE_MS);
	return 0;
}

/* --- fetching -------------------------------------------------------------------------------------- */

static int runner_fetch_from(struct err *err, struct runner *runner, const char *url)
{
	static struct http_reply reply;
	char path[256];
	struct http_request request = {.server = url,
	    .path = path,
	    .token = runner->conf->token,
	    .limit_ms = 20000,
	    .to = runner->text,
	    .to_max = SCRIPT_MAX};

	snprintf(path, sizeof(path), "/session/%s.script", runner->conf->session);
	if (ftruncate(runner->text, 0) || lseek(runner->text, 0, SEEK_SET) < 0)
		return err_errno(err, "memory for the script");
	return http_send(err, &request, &reply);
}

static int runner_fetch(struct err *err, struct runner *runner)
{
	int64_t end = sys_now() + SCRIPT_FETCH_MS;

	runner->text = memfd_create("lastwords-script", 0);
	if (runner->text < 0 || fchmod(runner->text, 0700))
		return err_errno(err, "memory for the script");
	for (unsigned tries = 0;; tries++) {
		if (runner_fetch_from(
			err, runner, runner->conf->url[tries % runner->conf->url_count]) == 0)
			return 0;
		if (sys_now() >= end)
			return -1;
		poll(NULL, 0, 1000);
	}
}

/* --- running --------------------------------------------------------------------------------------- */

/* The script's process. */
_Noreturn static void runner_exec(const struct runner *runner, int out)
{
	static char sh[] = "/bin/sh", home[] = "HOME=/root", term[] = "TERM=dumb";
	static char dirs[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	char path[40], session[256], begin[2] = "";
	char *const direct[] = {path, NULL}, *const shell[] = {sh, path, NULL};
	char *const env[] = {dirs, home, term, session, NULL};
	int null;

	setsid();
	for (int s = 1; s < 32; s++)
		signal(s, SIG_DFL);
	sys_write_at(runner->sys->proc, "self/oom_score_adj", "0");
	snprintf(session, sizeof(session), "LASTWORDS_SESSION=%s", runner->conf->session);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", runner->text);
	if (fchdir(runner->root) == 0 && chroot(".") == 0 && dup2(out, 1) >= 0 &&
	    dup2(out, 2) >= 0) {
		null = open("/dev/null", O_RDONLY);
		if (null > 0)
			dup2(null, 0);
		if (pread(runner->text, begin, 2, 0) == 2 && begin[0] == '#' && begin[1] == '!')
			execve(path, direct, env);
		execve(sh, shell, env);
	}
	dprintf(2, "lastwords: /bin/sh: %s\n", strerror(errno));
	_exit(127);
}

/* Keeps what has come. 0: nothing more will. */
static int runner_read(struct runner *runner, int in)
{
	static char buf[16384];
	ssize_t n = read(in, buf, sizeof(buf));

	if (n > 0)
		script_tail_add(&runner->tail, buf, (size_t)n);
	return n > 0;
}

static void runner_ended(struct runner *runner, int status)
{
	if (WIFEXITED(status))
		runner->end.status = WEXITSTATUS(status);
	else if (WIFSIGNALED(status))
		runner->end.signal = WTERMSIG(status);
}

/* Until the script has ended, and its output with it, or nearly. */
static void runner_wait(struct runner *runner, pid_t pid, int in)
{
	int64_t begin = sys_now(), limit = begin + (int64_t)runner->conf->script * 1000;
	int64_t kill_at = limit + SCRIPT_TERM_MS, rest = -1;
	int status, open = 1, asked = 0;

	while (rest < 0 || (open && sys_now() < rest)) {
		struct pollfd ready = {.fd = open ? in : -1, .events = POLLIN};
		int64_t now;

		if (poll(&ready, 1, 100) > 0)
			open = runner_read(runner, in);
		now = sys_now();
		if (rest < 0 && waitpid(pid, &status, WNOHANG) == pid) {
			runner_ended(runner, status);
			runner->end.ms = now - begin;
			rest = now + SCRIPT_REST_MS;
		}
		if (rest < 0 && now >= limit && !asked++) {
			snprintf(runner->end.why, sizeof(runner->end.why), "not ended after %d s",
			    runner->conf->script);
			kill(-pid, SIGTERM);
		}
		if (rest < 0 && now >= kill_at)
			kill(-pid, SIGKILL);
	}
}

static int runner_run(struct err *err, struct runner *runner)
{
	int out[2];
	pid_t pid;

	if (pipe2(out, O_CLOEXEC))
		return err_errno(err, "pipe");
	pid = fork();
	if (pid == 0)
		runner_exec(runner, out[1]);
	close(out[1]);
	if (pid < 0)
		return err_errno(err, "fork");
	runner_wait(runner, pid, out[0]);
	close(out[0]);
	return 0;
}

/* --- sending --------------------------------------------------------------------------------------- */

static int runner_send(struct err *err, const struct runner *runner, unsigned tries)
{
	static struct http_reply reply;
	const struct script_end *end = &runner->end;
	char path[256], ms[48], why[sizeof(end->why) + 24], status[48];
	const char *headers[] = {
	    "Content-Type: text/plain", "Lastwords-Channel: script", ms, NULL, NULL, NULL};
	struct http_request request = {.server = runner->conf->url[tries % runner->conf->url_count],
	    .path = path,
	    .token = runner->conf->token,
	    .headers = headers,
	    .limit_ms = 60000};
	char *text = script_text(&runner->tail, end, &request.body_len);
	int rc, n = 3;

	if (!text)
		return err_set(err, "no memory for the script's output");
	snprintf(path, sizeof(path), "/crash/%s", runner->conf->session);
	snprintf(ms, sizeof(ms), "Lastwords-Ms: %lld", end->ms);
	snprintf(status, sizeof(status), "Lastwords-%s: %d", end->signal ? "Signal" : "Status",
	    end->signal ? end->signal : end->status);
	if (end->signal || end->status >= 0)
		headers[n++] = status;
	snprintf(why, sizeof(why), "Lastwords-Why: %s", end->why);
	if (end->why[0])
		headers[n++] = why;
	request.body = text;
	rc = http_send(err, &request, &reply);
	free(text);
	return rc;
}

/* The child. */
_Noreturn static void runner_main(struct runner *runner)
{
	int64_t end;
	struct err err = {""};

	runner->tail.bytes = malloc(SCRIPT_OUTPUT_MAX);
	if (!runner->tail.bytes)
		_exit(1);
	if (runner_find_root(&err, runner) || runner_fetch(&err, runner) ||
	    runner_run(&err, runner)) {
		snprintf(runner->end.why, sizeof(runner->end.why), "not run: %.110s", err.msg);
		sys_log(runner->sys->kmsg, 4, "script: %s", err.msg);
	}
	for (char *c = runner->end.why; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	end = sys_now() + SCRIPT_SEND_MS;
	for (unsigned tries = 0; runner_send(&err, runner, tries) && sys_now() < end; tries++)
		poll(NULL, 0, 1000 + 1000 * (int)(tries < 30 ? tries : 30));
	_exit(0);
}

pid_t script_begin(struct err *err, const struct sys *sys, const struct session_conf *conf)
{
	static struct runner runner;
	pid_t pid = fork();

	if (pid < 0)
		return err_errno(err, "fork");
	if (pid > 0)
		return pid;
	runner = (struct runner){.sys = sys, .conf = conf, .end = {.status = -1}};
	runner_main(&runner);
}
