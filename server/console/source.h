/* SPDX-License-Identifier: MIT */
/*
 * source: where a console's bytes come from, and go to: serial-over-LAN (sol.c), or a Unix socket, FIFOs, TCP,
 * telnet or a tty (line.c). One source is one connection: when it ends it is closed, and another is opened.
 * No call blocks.
 */
#ifndef CONSOLE_SOURCE_H
#define CONSOLE_SOURCE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/file.h"
#include "config/config.h"
#include "lookup.h"

enum source_state {
	SOURCE_CONNECTING,
	SOURCE_UP,
	/* ended: */
	SOURCE_LOST, /* no answer, or closed: try again soon */
	SOURCE_HELD, /* another session holds the console */
	SOURCE_REFUSED, /* user, password or settings: trying again at once does not help */
};

struct source;

struct source_kind {
	/* Begins to connect; state is SOURCE_UP if that is all there is to it. There may be no descriptor yet:
	 * then wait is to be called. 0/-1. */
	int (*open)(struct err *err, struct source *source);
	/* Connecting without a descriptor: goes on. 0/-1. May be NULL. */
	int (*wait)(struct err *err, struct source *source);
	/* Bytes: how many; 0: none now (it may have come up); -1: it has ended: state and err tell how. */
	ssize_t (*read)(struct err *err, struct source *source, char *bytes, size_t size);
	/* How many were taken; 0 if none can be now. */
	size_t (*write)(struct source *source, const char *bytes, size_t len);
	int (*send_break)(struct source *source); /* 0/-1 */
	void (*tick)(struct source *source, int64_t now); /* monotonic ms; may be NULL */
	void (*close)(struct source *source);
};

struct source {
	const struct source_kind *kind;
	const struct config *config;
	const struct config_target *target;
	char place[FILE_PATH_MAX]; /* target_console's */
	int steal; /* take the console from the session that holds it */
	int cipher; /* sol: the suite in use */
	struct lookup lookup; /* sol: of the BMC's name */
	enum source_state state;
	int fd; /* to be polled for POLLIN, and while connecting for POLLOUT; -1: closed, or none yet */
	void *own; /* the kind's */
};

/* target and the place of its console. 0, or -1: no kind of console has such a place. */
int source_init(struct err *err, struct source *source, const struct config *config,
    const struct config_target *target);
int source_open(struct err *err, struct source *source);
/* It is connecting, and has no descriptor yet. */
int source_waits(const struct source *source);
/* Goes on with that. 0/-1. */
int source_wait(struct err *err, struct source *source);
void source_close(struct source *source);

extern const struct source_kind source_sol, source_line;

/* --- for serial-over-LAN, once for all ----------------------------------------------- */

/* Starts the library's threads, for count consoles. 0/-1. */
int sol_start(struct err *err, size_t count);
void sol_stop(void);

#endif
