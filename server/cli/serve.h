/* SPDX-License-Identifier: MIT */
/*
 * serve: lighttpd and the collector as children of one process, from one configuration.
 *
 * serve_start writes STATE/run/lighttpd.conf from server/etc/lighttpd.conf.in, checks that the ports are
 * free, and starts both. serve_poll restarts a child that ended, after a growing pause. A child gets
 * SIGTERM when the parent ends, in whatever way.
 */
#ifndef LASTWORDS_CLI_SERVE_H
#define LASTWORDS_CLI_SERVE_H

#include <sys/types.h>

#include "base/err.h"
#include "base/file.h"
#include "config/config.h"

enum { SERVE_CHILDREN = 2, SERVE_LOG_MAX = 16 << 20 };

struct serve_child {
	const char *name;
	char program[FILE_PATH_MAX];
	const char *argv[8];
	pid_t pid; /* 0: not running */
	int64_t started_ms, again_ms;
	int pause_ms, failures;
};

struct serve {
	const struct config *config;
	char lighttpd_conf[FILE_PATH_MAX], conf_file[FILE_PATH_MAX];
	const char *log; /* the children's stderr; NULL: ours */
	struct serve_child child[SERVE_CHILDREN];
	int64_t logs_at; /* when the logs are looked at next */
};

/* 0/-1. The caller has the config loaded and keeps it. */
int serve_start(struct err *err, struct serve *serve, const struct config *config, const char *log);
/* Reaps and restarts children, with a line on stderr. -1 if one fails at each start. */
int serve_poll(struct err *err, struct serve *serve);
/* Stops the children and waits for them. */
void serve_stop(struct serve *serve);

#endif
