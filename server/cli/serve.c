/* SPDX-License-Identifier: MIT */
/* serve: lighttpd and the collector as children of one process; see serve.h. */
#include "serve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "cli.h"
#include "template.h"

enum {
	PAUSE_MIN_MS = 100,
	PAUSE_MAX_MS = 10000,
	HEALTHY_MS = 5000,
	FAILURES_MAX = 3,
	LOGS_MS = 5000
};

/* 0 if the address can be bound (type SOCK_STREAM or SOCK_DGRAM), else -1. */
static int serve_port_free(struct err *err, const char *name, const char *listen, int type)
{
	struct addrinfo hints = {.ai_socktype = type, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
	struct addrinfo *found = NULL;
	char host[ADDRESS_HOST_MAX + 1], service[8];
	uint16_t port = 0;
	int fd, rc, one = 1;

	if (address_split(err, listen, host, &port))
		return err_prefix(err, "%s", name);
	snprintf(service, sizeof(service), "%d", port);
	rc = getaddrinfo(host, service, &hints, &found);
	if (rc)
		return err_set(err, "%s = \"%s\": %s", name, listen, gai_strerror(rc));
	fd = socket(found->ai_family, type | SOCK_CLOEXEC, 0);
	if (fd >= 0 && type == SOCK_STREAM)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	rc = fd < 0 || bind(fd, found->ai_addr, found->ai_addrlen) ? -1 : 0;
	if (rc && errno == EADDRINUSE)
		err_set(err,
		    "%s = \"%s\": the port is in use; stop what listens there or set another one",
		    name, listen);
	else if (rc && errno == EACCES)
		err_set(
		    err, "%s = \"%s\": ports below 1024 need root; set a higher one", name, listen);
	else if (rc)
		err_errno(err, "%s = \"%s\"", name, listen);
	if (fd >= 0)
		close(fd);
	freeaddrinfo(found);
	return rc;
}

static int serve_write_conf(struct err *err, struct serve *serve)
{
	const struct config *config = serve->config;
	char firmware[FILE_PATH_MAX], in[FILE_PATH_MAX], ipxe[FILE_PATH_MAX], bin[FILE_PATH_MAX],
	    run[FILE_PATH_MAX];
	char port_text[16], workers[24], upload[24], host[ADDRESS_HOST_MAX + 3];
	char name[ADDRESS_HOST_MAX + 1];
	char *text = NULL, *filled = NULL;
	size_t len;
	uint16_t port = 0;
	int rc = -1;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (address_split(err, config->listen, name, &port) ||
	    cli_find_file(err, "etc/lighttpd.conf.in", in) ||
	    cli_find_file(err, "ipxe/boot.ipxe", ipxe) ||
	    cli_find_file(err, "bin/lastwords-boot", bin) ||
	    file_path(err, config->state, "run", run) ||
	    cli_read_input(err, in, 1 << 20, &text, &len))
		return -1;
	cli_firmware(config, firmware);
	*strrchr(ipxe, '/') = '\0';
	*strrchr(bin, '/') = '\0';
	snprintf(host, sizeof(host), strchr(name, ':') ? "[%s]" : "%s", name);
	snprintf(port_text, sizeof(port_text), "%d", port);
	snprintf(workers, sizeof(workers), "%ld", cores > 2 ? cores : 2);
	snprintf(
	    upload, sizeof(upload), "%llu", (unsigned long long)(config->upload_max >> 10) + 64);
	const struct template_value values[] = {
	    {"BIND", host},
	    {"PORT", port_text},
	    {"BIN", bin},
	    {"CONF", serve->conf_file},
	    {"IPXE", ipxe},
	    {"IMAGES", config->images},
	    {"FIRMWARE", firmware},
	    {"RUN", run},
	    {"WORKERS", workers},
	    {"UPLOAD_KB", upload},
	    {NULL, NULL},
	};
	if (strpbrk(bin, " \t") || strpbrk(serve->conf_file, " \t")) {
		err_set(err, "lighttpd cannot start a program whose path has blanks; move %s",
		    strpbrk(bin, " \t") ? bin : serve->conf_file);
		goto out;
	}
	filled = template_fill(err, text, values);
	if (!filled) {
		err_prefix(err, "%s", in);
		goto out;
	}
	if (file_write(err, run, "lighttpd.conf", filled, strlen(filled)) ||
	    file_path(err, run, "lighttpd.conf", serve->lighttpd_conf))
		goto out;
	rc = 0;
out:
	free(text);
	free(filled);
	return rc;
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
	pid_t parent = getpid(), pid = fork();
	sigset_t none;

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

int serve_start(struct err *err, struct serve *serve, const struct config *config, const char *log)
{
	struct serve_child *http = &serve->child[0], *collector = &serve->child[1];
	struct session_key key;
	char path[FILE_PATH_MAX];

	memset(serve, 0, sizeof(*serve));
	serve->config = config;
	serve->log = log;
	if (serve_absolute(err, config->file, serve->conf_file))
		return -1;
	if (layout_make(err, config->state) || file_path(err, config->state, "key", path) ||
	    session_key_load(err, path, 1, &key))
		return -1;
	if (serve_port_free(err, "listen", config->listen, SOCK_STREAM) ||
	    serve_port_free(err, "netconsole", config->netconsole, SOCK_DGRAM))
		return err_prefix(err, "%s", config->file);
	if (serve_write_conf(err, serve) || serve_find_lighttpd(err, http->program) ||
	    cli_find_file(err, "bin/lastwords-collector", collector->program))
		return -1;
	http->name = "lighttpd";
	http->argv[0] = http->program;
	http->argv[1] = "-D";
	http->argv[2] = "-f";
	http->argv[3] = serve->lighttpd_conf;
	collector->name = "lastwords-collector";
	collector->argv[0] = collector->program;
	collector->argv[1] = "-c";
	collector->argv[2] = serve->conf_file;
	for (int i = 0; i < SERVE_CHILDREN; i++) {
		serve->child[i].pause_ms = PAUSE_MIN_MS;
		if (serve_spawn(err, serve, &serve->child[i])) {
			serve_stop(serve);
			return -1;
		}
	}
	return 0;
}

/* A child ended: starts it again after a pause. -1 if it ends each time at once. */
static int serve_ended(
    struct err *err, const struct serve *serve, struct serve_child *child, int status, int64_t now)
{
	const char *how = WIFSIGNALED(status) ? "signal" : "exit code";
	int number = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);

	child->pid = 0;
	if (now - child->started_ms > HEALTHY_MS) {
		child->pause_ms = PAUSE_MIN_MS;
		child->failures = 0;
	} else if (++child->failures >= FAILURES_MAX) {
		return err_set(err, "%s fails at each start (%s %d); see %s/run/lighttpd.log%s%s",
		    child->name, how, number, serve->config->state,
		    serve->log ? " and " : " and above", serve->log ? serve->log : "");
	}
	fprintf(
	    stderr, "lastwords: %s ended (%s %d); it is started again\n", child->name, how, number);
	child->again_ms = now + child->pause_ms;
	child->pause_ms = child->pause_ms * 2 < PAUSE_MAX_MS ? child->pause_ms * 2 : PAUSE_MAX_MS;
	return 0;
}

/*
 * Keeps each of lighttpd's logs to twice SERVE_LOG_MAX bytes: a full one becomes NAME.1, and SIGHUP makes
 * lighttpd open a new one. The CGI programs keep theirs open and append, so it is truncated in place.
 */
static void serve_turn_logs(const struct serve *serve)
{
	static const char *const names[] = {"access.log", "lighttpd.log", "programs.log"};
	const pid_t http = serve->child[0].pid;
	char path[FILE_PATH_MAX], old[FILE_PATH_MAX];
	int turned = 0;
	struct stat st;

	for (int i = 0; i < 3; i++) {
		if (snprintf(path, sizeof(path), "%s/run/%s", serve->config->state, names[i]) >=
			(int)sizeof(path) ||
		    snprintf(old, sizeof(old), "%s/run/%s.1", serve->config->state, names[i]) >=
			(int)sizeof(old) ||
		    stat(path, &st) || st.st_size < SERVE_LOG_MAX)
			continue;
		if (i < 2)
			turned |= rename(path, old) == 0;
		else if (truncate(path, 0))
			continue;
	}
	if (turned && http)
		kill(http, SIGHUP);
}

int serve_poll(struct err *err, struct serve *serve)
{
	int64_t now = clock_now();
	int status;

	/* Not before lighttpd is ready for a SIGHUP. */
	if ((now >= serve->logs_at || serve->logs_at > now + LOGS_MS) &&
	    now - serve->child[0].started_ms > LOGS_MS) {
		serve->logs_at = now + LOGS_MS;
		serve_turn_logs(serve);
	}

	for (int i = 0; i < SERVE_CHILDREN; i++) {
		struct serve_child *child = &serve->child[i];

		/* not waitpid(-1): the caller may have children of its own */
		if (child->pid && waitpid(child->pid, &status, WNOHANG) == child->pid &&
		    serve_ended(err, serve, child, status, now))
			return -1;
		if (!child->pid && now >= child->again_ms && serve_spawn(err, serve, child))
			return -1;
	}
	return 0;
}

void serve_stop(struct serve *serve)
{
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
}
