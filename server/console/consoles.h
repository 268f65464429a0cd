/* SPDX-License-Identifier: MIT */
/*
 * consoles: all consoles of a configuration, in one loop.
 *
 * STATE/run/console.status has a line for each, replaced when something has changed (at most every 2 s): its
 * target's name, then pairs (kv.h): state, why, session, bytes, last (ms UTC of the last byte), watchers, writer.
 */
#ifndef CONSOLE_CONSOLES_H
#define CONSOLE_CONSOLES_H

#include "attach.h"
#include "follow.h"

enum {
	CONSOLES_TICK_MS = 500, /* journal and disk are looked at this often */
	CONSOLES_STATUS_MS = 2000,
};

struct consoles {
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
int consoles_open(struct err *err, struct consoles *consoles, const struct config *config);
/* Until SIGTERM or SIGINT. 0/-1. */
int consoles_run(struct err *err, struct consoles *consoles);
void consoles_close(struct consoles *consoles);

#endif
