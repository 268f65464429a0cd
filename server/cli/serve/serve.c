/* SPDX-License-Identifier: MIT */
/* serve: lighttpd and the collector as children of one process; see serve.h. */
#include "serve.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/install.h"
#include "base/num.h"
#include "boot/opened.h"
#include "files.h"
#include "session/keys.h"
#include "session/server.h"
#include "store/journal.h"
#include "store/layout.h"
#include "web_conf.h"

enum {
	PAUSE_MIN_MS = 100,
	PAUSE_MAX_MS = 10000,
	PAUSE_MAX_HTTP_MS = 1000, /* machines wait for it */
	HEALTHY_MS = 5000,
	FAILURES_MAX = 3,
	LOGS_MS = 5000,
	TLS_MS = 10000, /* between two looks at the certificate */
	WEB_NICE = 5 /* of pages and relay: machines come first */
};

/* 1 if this is a lighttpd that speaks HTTPS. */
static int serve_is_tls(const struct serve *serve, const struct serve_child *child)
{
	if (child == &serve->child[SERVE_WEB])
		return web_conf_is_tls(serve->config);
	return child == &serve->child[serve->config->tls.only ? SERVE_HTTP : SERVE_TLS] &&
	       config_has_tls(serve->config);
}

static int serve_is_lighttpd(const struct serve *serve, const struct serve_child *child)
{
	return child == &serve->child[SERVE_HTTP] || child == &serve->child[SERVE_TLS] ||
	       child == &serve->child[SERVE_WEB];
}

static int serve_find_lighttpd(struct err *err, char path[FILE_PATH_MAX])
{
	static const char *const places[] = {
	    "/usr/sbin/lighttpd", "/usr/local/sbin/lighttpd", "/usr/bin/lighttpd"};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (access(places[i], X_OK) == 0) {
			snprintf(path, FILE_PATH_MAX, "%s", places[i]);
			return 0;
		}
	}
	return err_set(err, "lighttpd is missing; apt-get install lighttpd");
}

static int serve_spawn(struct err *err, const struct serve *serve, struct serve_child *child)
{
	pid_t parent = getpid(), pid;
	sigset_t none;

	if (serve_is_lighttpd(serve, child))
		serve_remove_left(serve, child);
	pid = fork();
	if (pid < 0)
		return err_errno(err, "cannot start %s", child->name);
	child->started_ms = clock_now();
	child->pid = pid;
	if (pid > 0)
		return 0;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Programs of a killed lighttpd must not live on next to the new one's (cgi_main.c). */
	if (serve_is_lighttpd(serve, child))
		setenv("LASTWORDS_END_WITH_PARENT", "1", 1);
	if (child != &serve->child[SERVE_COLLECTOR] && getpriority(PRIO_PROCESS, 0) < 0)
		setpriority(PRIO_PROCESS, 0, 0);
	if (child == &serve->child[SERVE_WEB] || child == &serve->child[SERVE_RELAY])
		(void)!nice(WEB_NICE);
	setpgid(0, 0); /* ^C reaches only the parent, which stops the children in order */
	if (serve->log) {
		int fd = open(serve->log, O_WRONLY | O_CREAT | O_APPEND, 0640);

		if (fd >= 0) {
			dup2(fd, STDOUT_FILENO);
			dup2(fd, STDERR_FILENO);
		}
	}
	execv(child->program, (char *const *)child->argv);
	fprintf(stderr, "lastwords: cannot run %s: %s\n", child->program, strerror(errno));
	_exit(127);
}

/* lighttpd and the CGI programs may run in another directory. */
static int serve_absolute(struct err *err, const char *path, char absolute[FILE_PATH_MAX])
{
	char *real = realpath(path, NULL);
	int rc = 0;

	if (!real)
		return err_errno(err, "%s", path);
	if (snprintf(absolute, FILE_PATH_MAX, "%s", real) >= FILE_PATH_MAX)
		rc = err_set(err, "%s: path too long", real);
	free(real);
	return rc;
}

static int serve_has_console(const struct config *config)
{
	for (size_t i = 0; i < config->target_count; i++)
		if (config_target_has_console(&config->targets[i]))
			return 1;
	return 0;
}

/* A program of ours, which takes the configuration. */
static void serve_set_program(
    const struct serve *serve, struct serve_child *child, const char *name)
{
	child->name = name;
	child->argv[0] = child->program;
	child->argv[1] = "-c";
	child->argv[2] = serve->conf_file;
}

/* A program that is a package of its own: machines boot without it. */
static void serve_find(struct serve_child *child, const char *program, int wanted)
{
	struct err err;

	child->unused = !wanted;
	if (wanted && install_find(&err, program, child->program)) {
		serve_warn(&err);
		child->unused = 1;
	}
}

static void serve_set_lighttpd(struct serve_child *child, const char *name, const char *conf)
{
	child->name = name;
	child->argv[0] = child->program;
	child->argv[1] = "-D";
	child->argv[2] = "-f";
	child->argv[3] = conf;
}

/*
 * 1 if certificate and key can be used, or the child does not need them; else it waits for them. err: why; a
 * reason is printed once.
 */
static int serve_tls_ready(
    struct err *err, struct serve *serve, struct serve_child *child, int64_t now)
{
	int64_t until;

	if (!serve_is_tls(serve, child))
		return 1;
	(void)tls_changed(serve->config, &serve->tls_seen);
	if (tls_usable(err, serve->config, &until) == 0) {
		serve->tls_waits = 0;
		return 1;
	}
	err_prefix(err, "no HTTPS");
	if (serve->tls_waits++ == 0)
		serve_warn(err);
	child->again_ms = now + TLS_MS;
	return 0;
}

/* A lighttpd takes a renewed certificate once it can be used; until then it keeps the one that it has. */
static void serve_tls_signal(struct serve *serve)
{
	for (int i = 0; i < SERVE_CHILDREN; i++)
		if (serve_is_tls(serve, &serve->child[i]) && serve->child[i].pid)
			kill(serve->child[i].pid, SIGUSR1);
}

/* 1 if one of them has just been started: it is not ready for a SIGUSR1. */
static int serve_tls_begins(const struct serve *serve, int64_t now)
{
	int running = 0;

	for (int i = 0; i < SERVE_CHILDREN; i++) {
		if (!serve_is_tls(serve, &serve->child[i]) || !serve->child[i].pid)
			continue;
		if (now - serve->child[i].started_ms < HEALTHY_MS)
			return 1;
		running = 1;
	}
	return !running;
}

static void serve_tls_renew(struct serve *serve, int64_t now)
{
	const struct config *config = serve->config;
	struct err err;
	int64_t until;

	if (!config_has_tls(config) || (now < serve->tls_at && serve->tls_at <= now + TLS_MS))
		return;
	serve->tls_at = now + TLS_MS;
	if (serve_tls_begins(serve, now))
		return;
	if (!tls_changed(config, &serve->tls_seen) && !serve->tls_waits)
		return;
	if (tls_usable(&err, config, &until) == 0) {
		fprintf(stderr, "lastwords: lighttpd takes the changed certificate %s\n",
		    config->tls.cert);
		serve->tls_waits = 0;
		serve_tls_signal(serve);
	} else if (++serve->tls_waits == 2) { /* (the key may be written after the certificate) */
		err_prefix(&err, "the certificate that was read before stays in use");
		serve_warn(&err);
	}
}

/*
 * Which server this is; with a central database its own key, so that the fleet knows its sessions; and that the first
 * line of this boot need not look for the last number (store/number.h).
 */
static void serve_know_itself(const struct config *config)
{
	const char *state = config->state;
	char id[SERVER_ID_LEN + 1];
	int64_t number;
	struct err err;

	if (server_id_load(&err, state, 1, id) ||
	    (config->central[0] && session_keys_make(&err, state)) ||
	    journal_last_number(&err, state, &number))
		serve_warn(&err);
}

int serve_start(struct err *err, struct serve *serve, const struct config *config, const char *log)
{
	struct serve_child *http = &serve->child[SERVE_HTTP];
	struct serve_child *collector = &serve->child[SERVE_COLLECTOR];
	struct serve_child *console = &serve->child[SERVE_CONSOLE];
	struct serve_child *relay = &serve->child[SERVE_RELAY];
	struct serve_child *https = &serve->child[SERVE_TLS], *web = &serve->child[SERVE_WEB];
	struct session_key key;
	char path[FILE_PATH_MAX];

	memset(serve, 0, sizeof(*serve));
	serve->config = config;
	serve->log = log;
	serve->files = serve_files();
	if (serve_absolute(err, config->file, serve->conf_file))
		return -1;
	if (access(serve->conf_file, R_OK))
		return err_errno(err, "%s cannot be read by the owner of %s; chmod o+r",
		    serve->conf_file, config->state);
	/* Where nothing can be written machines boot all the same, without a key unarmed. */
	if (layout_make(err, config->state))
		serve_warn(err);
	else
		serve_know_itself(config);
	opened_remove_old(config->state);
	if (file_path(err, config->state, "key", path))
		return -1;
	if (session_key_load(err, path, 1, &key)) {
		serve_warn(err);
		fprintf(stderr,
		    "lastwords: warning: machines boot without capture until there is a key\n");
	}
	if ((!config->tls.only && serve_port_free(err, "listen", config->listen, SOCK_STREAM)) ||
	    (config->tls.only &&
		serve_port_free(err, "tls listen", config->tls.listen, SOCK_STREAM)) ||
	    serve_port_free(err, "netconsole", config->netconsole, SOCK_DGRAM))
		return err_prefix(err, "%s", config->file);
	if (serve_write_conf(err, serve) || serve_find_lighttpd(err, http->program) ||
	    install_find(err, "bin/lastwords-collector", collector->program))
		return -1;
	serve_find(console, "bin/lastwords-console", serve_has_console(config));
	serve_find(relay, "bin/lastwords-relay", config->central[0] != '\0');
	serve_set_lighttpd(http, "lighttpd", serve->lighttpd_conf);
	serve_set_lighttpd(https, "lighttpd for HTTPS", serve->tls_conf);
	memcpy(https->program, http->program, sizeof(https->program));
	https->unused = !serve->tls_conf[0];
	if (!https->unused && serve_port_free(err, "tls listen", config->tls.listen, SOCK_STREAM))
		serve_warn(err); /* it is tried again and again */
	serve_write_web(serve);
	serve_set_lighttpd(web, "lighttpd for the pages", serve->web_conf);
	memcpy(web->program, http->program, sizeof(web->program));
	web->unused = !serve->web_conf[0];
	serve_set_program(serve, collector, "lastwords-collector");
	serve_set_program(serve, console, "lastwords-console");
	serve_set_program(serve, relay, "lastwords-relay");
	for (int i = 0; i < SERVE_CHILDREN; i++) {
		struct serve_child *child = &serve->child[i];
		int ready;

		child->pause_ms = PAUSE_MIN_MS;
		if (child->unused)
			continue;
		ready = serve_tls_ready(err, serve, child, clock_now());
		if ((!ready && i == SERVE_HTTP) || (ready && serve_spawn(err, serve, child))) {
			serve_stop(serve);
			return -1;
		}
	}
	return 0;
}

/* People see in the journal that a program does not stay up; stderr has each of its ends. */
static void serve_record(const struct serve *serve, const char *name, const char *how, int number)
{
	char line[JOURNAL_LINE_MAX], text[128];
	struct kv_out out;
	struct err err;

	snprintf(text, sizeof(text), "%s fails at each start (%s %d); it is tried again", name, how,
	    number);
	journal_begin(&out, line, sizeof(line), clock_now(), "event", NULL);
	kv_out_pair(&out, ' ', "what", "serve");
	kv_out_pair(&out, ' ', "text", text);
	if (journal_append(&err, serve->config->state, &out))
		serve_warn(&err);
}

/*
 * A child ended: it is started again after a pause that grows. -1 only if lighttpd has never stayed up: then
 * the configuration or the port is wrong, and a person is waiting for the message.
 */
static int serve_ended(
    struct err *err, const struct serve *serve, struct serve_child *child, int status, int64_t now)
{
	const char *how = WIFSIGNALED(status) ? "signal" : "exit code";
	int number = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
	int http = child == &serve->child[SERVE_HTTP],
	    most = http ? PAUSE_MAX_HTTP_MS : PAUSE_MAX_MS;

	child->pid = 0;
	if (now - child->started_ms > HEALTHY_MS) {
		child->pause_ms = PAUSE_MIN_MS;
		child->failures = 0;
		child->healthy = 1;
	} else if (++child->failures == FAILURES_MAX) {
		if (http && !child->healthy)
			return err_set(err,
			    "%s fails at each start (%s %d); see %s/lighttpd.log%s%s", child->name,
			    how, number, serve->logs, serve->log ? " and " : " and above",
			    serve->log ? serve->log : "");
		serve_record(serve, child->name, how, number);
	}
	fprintf(
	    stderr, "lastwords: %s ended (%s %d); it is started again\n", child->name, how, number);
	child->again_ms = now + child->pause_ms;
	child->pause_ms = child->pause_ms * 2 < most ? child->pause_ms * 2 : most;
	return 0;
}

/* The logs of lighttpd and its programs in LOGS. */
static const struct {
	const char *name;
	int of_programs; /* they keep it open */
} serve_logs[] = {{"access.log", 0}, {"lighttpd.log", 0}, {"programs.log", 1},
    {"web-access.log", 0}, {"web-lighttpd.log", 0}, {"web-programs.log", 1}};

/*
 * Keeps each of them to twice SERVE_LOG_MAX bytes: a full one becomes NAME.1, and SIGHUP makes lighttpd open a
 * new one. The CGI programs append to theirs, so it is truncated in place.
 */
static void serve_turn_logs(const struct serve *serve)
{
	char path[FILE_PATH_MAX], old[FILE_PATH_MAX];
	int turned = 0;
	struct stat st;

	for (size_t i = 0; i < sizeof(serve_logs) / sizeof(serve_logs[0]); i++) {
		const char *name = serve_logs[i].name;

		if (snprintf(path, sizeof(path), "%s/%s", serve->logs, name) >= (int)sizeof(path) ||
		    snprintf(old, sizeof(old), "%s/%s.1", serve->logs, name) >= (int)sizeof(old) ||
		    stat(path, &st) || st.st_size < SERVE_LOG_MAX)
			continue;
		if (!serve_logs[i].of_programs)
			turned |= rename(path, old) == 0;
		else if (truncate(path, 0))
			continue;
	}
	for (int i = 0; turned && i < SERVE_CHILDREN; i++)
		if (serve_is_lighttpd(serve, &serve->child[i]) && serve->child[i].pid)
			kill(serve->child[i].pid, SIGHUP);
}

int serve_poll(struct err *err, struct serve *serve)
{
	int64_t now = clock_now();
	struct err why;
	int status;

	serve_tls_renew(serve, now);
	/* Not before lighttpd is ready for a SIGHUP. */
	if ((now >= serve->logs_at || serve->logs_at > now + LOGS_MS) &&
	    now - serve->child[SERVE_HTTP].started_ms > LOGS_MS &&
	    now - serve->child[SERVE_TLS].started_ms > LOGS_MS &&
	    now - serve->child[SERVE_WEB].started_ms > LOGS_MS) {
		serve->logs_at = now + LOGS_MS;
		serve_turn_logs(serve);
	}

	for (int i = 0; i < SERVE_CHILDREN; i++) {
		struct serve_child *child = &serve->child[i];

		/* not waitpid(-1): the caller may have children of its own */
		if (child->pid && waitpid(child->pid, &status, WNOHANG) == child->pid &&
		    serve_ended(err, serve, child, status, now))
			return -1;
		if (child->pid || child->unused ||
		    (now < child->again_ms && child->again_ms <= now + PAUSE_MAX_MS))
			continue;
		if (serve_tls_ready(&why, serve, child, now) && serve_spawn(err, serve, child)) {
			serve_warn(err);
			child->again_ms = now + PAUSE_MAX_HTTP_MS;
		}
	}
	return 0;
}

void serve_stop(struct serve *serve)
{
	char path[FILE_PATH_MAX];
	struct err ignored;

	for (int i = 0; i < SERVE_CHILDREN; i++)
		if (serve->child[i].pid)
			kill(serve->child[i].pid, SIGTERM);
	for (int i = 0; i < SERVE_CHILDREN; i++) {
		/* SIGKILL after 5 s */
		for (int tick = 0; serve->child[i].pid; tick++) {
			if (waitpid(serve->child[i].pid, NULL, WNOHANG) != 0)
				serve->child[i].pid = 0;
			else if (tick == 100)
				kill(serve->child[i].pid, SIGKILL);
			else
				usleep(50000);
		}
	}
	if (serve->own_run[0]) {
		for (int i = 0; i < 2; i++) {
			if (file_path(&ignored, serve->own_run, i ? "web" : "tls", path))
				continue;
			serve_remove(path, "");
			rmdir(path);
		}
		serve_remove(serve->own_run, "");
		rmdir(serve->own_run);
	}
}
