/* SPDX-License-Identifier: MIT */
/*
 * console: one target's console: connects, and connects again when it is lost; marks the gaps; who holds it. What it
 * prints is output.h's.
 *
 * A console that is lost is tried again after 1, 2, 4 … 30 s, one of this server's own sockets or FIFOs after half
 * a second. One that another session holds is tried again every 10 s, without disturbing it, and the BMC is asked
 * who that is. One that refuses us is tried again every 5 minutes: a wrong password locks accounts.
 *
 * Events in the journal, at most one a minute for each console: `console`, session "-", target, state (up, lost,
 * held, refused, silent), why.
 */
#ifndef CONSOLE_CONSOLE_H
#define CONSOLE_CONSOLE_H

#include "follow.h"
#include "holder.h"
#include "output.h"
#include "source.h"

enum {
	CONSOLE_PAUSE_MS = 1000,
	CONSOLE_STABLE_MS = 10000, /* up for so long, the pause begins at its least again */
	CONSOLE_PAUSE_MAX_MS = 30000,
	CONSOLE_HELD_MS = 10000,
	CONSOLE_REFUSED_MS = 300000,
	CONSOLE_CONNECT_MS = 60000, /* a connection that does not come up is given up */
	CONSOLE_EVENT_MS = 60000,
	CONSOLE_ASKING_MAX = 8, /* consoles whose holder is asked for at once */
};

struct console;

struct console_env {
	const struct config *config;
	/* Bytes were stored, or (len 0) the state has changed. */
	void (*news)(void *arg, struct console *console, const char *bytes, size_t len);
	void *arg;
	int disk_full; /* nothing is stored */
	int asking; /* how many holders are asked for */
};

struct console {
	const struct config_target *target;
	struct console_env *env;
	struct source source;
	struct output output;
	char why[200], lost_why[200]; /* the last end; that which began the gap */
	int64_t try_at, opened_at; /* monotonic ms; try_at 0: connected or connecting */
	int pause_ms;
	int64_t lost_at, up_at; /* monotonic ms; lost_at 0: no gap that is not marked yet */
	uint64_t marked_bytes; /* that had come when a gap was marked last */
	struct holder holder; /* while another session holds it: who that is */
	enum source_state reported; /* in the journal */
	char silent[SESSION_ID_MAX + 1]; /* the session that was reported as silent */
	int64_t event_at; /* monotonic ms: not before, for the next event */
};

/* 0, or -1: the target's console cannot be used at all. */
int console_init(struct err *err, struct console *console, struct console_env *env,
    const struct config_target *target);
/* At the start: output_resume; what it has missed since it was last written is a gap. */
void console_resume(struct console *console, const struct session *session);
/* News of a session of its machine. A console that prints nothing of one that runs is reported. */
void console_session(
    struct console *console, enum follow_event event, const struct session *session, int64_t now);
/* Its descriptor is ready. now: monotonic ms. */
void console_read(struct console *console, int64_t now);
/* Time has passed: twice a second. */
void console_tick(struct console *console, int64_t now);
/* Takes it from the session that holds it. */
void console_steal(struct console *console);
void console_close(struct console *console);
/* "up", "connecting", "lost", "held", "refused" */
const char *console_state_name(enum source_state state);

#endif
