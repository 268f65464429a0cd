/* SPDX-License-Identifier: MIT */
/*
 * console: one target's console: connects, and connects again; writes what it prints to the transcript of the
 * machine's session, or of the target while there is none; marks gaps; reports a death.
 *
 * A console that is lost is tried again after 1, 2, 4 … 30 s, one of this server's own sockets or FIFOs after half a
 * second; one that another session holds every 10 s,
 * without disturbing it, and the BMC is asked who that is; one that refuses us every 5 minutes, for a wrong password locks accounts. Events in the
 * journal, at most one a minute for each console: `console`, session "-", target, state (up, lost, held,
 * refused, silent), why.
 */
#ifndef CONSOLE_CONSOLE_H
#define CONSOLE_CONSOLE_H

#include "console/log/transcript.h"
#include "holder.h"
#include "session/session.h"
#include "source.h"
#include "watch.h"

enum {
	CONSOLE_PAUSE_MS = 1000,
	CONSOLE_STABLE_MS = 10000, /* up for so long, the pause begins at its least again */
	CONSOLE_PAUSE_MAX_MS = 30000,
	CONSOLE_HELD_MS = 10000,
	CONSOLE_REFUSED_MS = 300000,
	CONSOLE_CONNECT_MS = 60000, /* a connection that does not come up is given up */
	CONSOLE_EVENT_MS = 60000,
	CONSOLE_CHECK_MS =
	    10000, /* whether the transcript was removed; and until one that fails is opened again */
	CONSOLE_BOOT_MS =
	    30000, /* a kernel whose clock is so much older than a request was there before it */
	CONSOLE_ASKING_MAX = 8, /* consoles whose holder is asked for at once */
	CONSOLE_QUIET_MS = 2000, /* after a death: until its report is whole */
	CONSOLE_REPORT_MS = 15000, /* or this long at most */
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
	struct transcript transcript;
	struct watch watch;
	char session[SESSION_ID_MAX + 1]; /* "" none */
	int64_t session_ms; /* when it was requested; 0 none */
	/* Until the session is armed or running: the one before, in case that its kernel still prints. */
	struct console_before {
		char session[SESSION_ID_MAX + 1]; /* "" none, or settled */
		struct watch watch;
		int64_t at; /* monotonic ms: when it was left */
		uint64_t screens; /* bytes that were copied into the new log */
	} before;
	char why[200], lost_why[200]; /* the last end; that which began the gap */
	int64_t try_at, opened_at; /* monotonic ms; try_at 0: connected or connecting */
	int pause_ms;
	int64_t lost_at, up_at; /* monotonic ms; lost_at 0: no gap that is not marked yet */
	uint64_t marked_bytes; /* that had come when a gap was marked last */
	struct holder holder; /* who is asked for while another session holds it */
	uint64_t unstored; /* bytes that the disk did not take, since the last mark */
	uint64_t bytes, session_bytes; /* since the start; of this session */
	int64_t byte_at, byte_usec; /* the last: monotonic ms; UTC */
	int64_t death_at; /* monotonic ms; 0: no death waits to be reported */
	enum source_state reported; /* in the journal */
	int silent; /* reported */
	int64_t event_at, check_at, open_at;
};

/* 0, or -1: the target's console cannot be used at all. */
int console_init(struct err *err, struct console *console, struct console_env *env,
    const struct config_target *target);
/*
 * At the start: it prints for this session, the machine's newest; NULL: there is none. What it has missed since it
 * was last written is a gap.
 */
void console_resume(struct console *console, const struct session *session);
/* From now on it prints for this session, which was requested; its boot's first screens are copied. */
void console_follow(struct console *console, const struct session *session);
/* The session is armed, or running: a newer one than the console's is followed now. */
void console_armed(struct console *console, const struct session *session);
/* It is running: a console that has printed nothing of it is reported. */
void console_running(struct console *console, const struct session *session, int64_t now);
/* Its descriptor is ready. now: monotonic ms. */
void console_read(struct console *console, int64_t now);
/* Time has passed: twice a second. */
void console_tick(struct console *console, int64_t now);
/* Takes it from whoever holds it. */
void console_steal(struct console *console);
void console_close(struct console *console);
/* "up", "connecting", "lost", "held", "refused" */
const char *console_state_name(enum source_state state);

#endif
