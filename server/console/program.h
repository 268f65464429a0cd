/* SPDX-License-Identifier: MIT */
/*
 * program: all consoles of a configuration, in one loop.
 *
 * STATE/run/console.status has a line for each, replaced when something has changed (at most every 2 s): its
 * target's name, then pairs (kv.h): state, why, session, bytes, last (ms UTC of the last byte), watchers, writer.
 */
#ifndef CONSOLE_PROGRAM_H
#define CONSOLE_PROGRAM_H

#include "attach.h"
#include "follow.h"

enum {
	PROGRAM_TICK_MS = 500, /* journal and disk are looked at this often */
	PROGRAM_STATUS_MS = 2000,
};

struct program {
	const struct config *config;
	struct console_env env;
	struct console *console;
	size_t count;
	struct attach attach;
	struct follow follow;
	struct pollfd *poll;
	int signals; /* signalfd */
	int changed; /* the status */
	int64_t tick_at, status_at;
};

/* config stays the caller's. 0/-1. */
int program_open(struct err *err, struct program *program, const struct config *config);
/* Until SIGTERM or SIGINT. 0/-1. */
int program_run(struct err *err, struct program *program);
void program_close(struct program *program);

#endif
