/* SPDX-License-Identifier: MIT */
/*
 * serve: lighttpd, the collector and, if a target has a console, lastwords-console as children of one process,
 * from one configuration.
 *
 * serve_start writes lighttpd.conf from server/etc/lighttpd.conf.in, checks that the ports are free, and
 * starts both. serve_poll restarts a child that ended, after a growing pause; machines boot whatever happens
 * to the collector. A child gets SIGTERM when the parent ends, in whatever way.
 *
 * HTTPS (tls in lastwords.conf(5)) is a second lighttpd with programs of its own, made from the same file: what
 * is wrong with a certificate, and its renewal, never touches HTTP. Where tls says only, it is the only one. While
 * certificate and key cannot be used it does not run; they are looked at every 10 s, and when they have changed and
 * can be used, it takes them (SIGUSR1: requests on their way get 20 s, new ones wait).
 *
 * The pages (web) are served by a lighttpd of their own too, with less priority and few descriptors: web_conf.h.
 * Whatever happens to it, machines boot.
 *
 * lighttpd's configuration and sockets are in $RUNTIME_DIRECTORY, STATE/run, or where neither can be
 * written in a directory of this process in /run or /tmp; its logs in STATE/run where they can be opened;
 * bodies on their way in $LASTWORDS_UPLOADS, else with the sockets.
 */
#ifndef LASTWORDS_CLI_SERVE_H
#define LASTWORDS_CLI_SERVE_H

#include <sys/types.h>

#include "base/err.h"
#include "base/file.h"
#include "config/config.h"
#include "tls.h"

enum {
	SERVE_HTTP,
	SERVE_COLLECTOR,
	SERVE_CONSOLE,
	SERVE_TLS,
	SERVE_WEB,
	SERVE_RELAY,
	SERVE_CHILDREN
};
enum { SERVE_LOG_MAX = 8 << 20 };

/*
 * What root adds to its nice value before it becomes another user. Only serve and the collector keep a value below 0,
 * which may also be the unit's: a datagram that is not read in time is lost. The other children get 0.
 */
enum { SERVE_NICE = -10 };

struct serve_child {
	const char *name;
	char program[FILE_PATH_MAX];
	const char *argv[8];
	pid_t pid; /* 0: not running */
	int64_t started_ms, again_ms;
	int pause_ms, failures;
	int healthy; /* it has stayed up once */
	int unused; /* the configuration does not need it */
};

struct serve {
	const struct config *config;
	char lighttpd_conf[FILE_PATH_MAX], conf_file[FILE_PATH_MAX];
	char tls_conf[FILE_PATH_MAX]; /* of SERVE_TLS; "" */
	char web_conf[FILE_PATH_MAX]; /* of SERVE_WEB; "" */
	struct tls_seen tls_seen; /* what lighttpd has read */
	int tls_waits; /* how often a changed one was looked at and could not be used */
	int64_t tls_at; /* when it is looked at next */
	char logs[FILE_PATH_MAX], uploads[FILE_PATH_MAX];
	char own_run[FILE_PATH_MAX]; /* made by this process, removed at its end; "" none */
	unsigned long files; /* lighttpd's limit of descriptors */
	const char *log; /* the children's stderr; NULL: ours */
	struct serve_child child[SERVE_CHILDREN];
	int64_t logs_at; /* when the logs are looked at next */
};

/* 0/-1. The caller has the config loaded and keeps it. */
int serve_start(struct err *err, struct serve *serve, const struct config *config, const char *log);
/* Reaps and restarts children, with a line on stderr. -1 if lighttpd fails at each start from the first. */
int serve_poll(struct err *err, struct serve *serve);
/* Stops the children and waits for them. */
void serve_stop(struct serve *serve);

#endif
