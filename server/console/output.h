/* SPDX-License-Identifier: MIT */
/*
 * output: what one console prints, and where that is kept: in the transcript of the machine's session, or of the
 * target before its first session. It finds the death of a kernel, and reports it once its report is whole.
 *
 * A request begins a session, but anyone can make one: until the session is armed or running, lines of a kernel
 * that was there before the request bring the console back to the session it had.
 */
#ifndef CONSOLE_OUTPUT_H
#define CONSOLE_OUTPUT_H

#include "config/config.h"
#include "console/log/transcript.h"
#include "session/session.h"
#include "watch.h"

enum {
	OUTPUT_QUIET_MS = 2000, /* after a death: until its report is whole, */
	OUTPUT_REPORT_MS = 15000, /* or this long at most */
	/* a transcript that could not be opened is tried again, and a removed one is noticed, after this time */
	OUTPUT_CHECK_MS = 10000,
	/* a kernel whose clock is so much older than a request was there before it */
	OUTPUT_BOOT_MS = 30000,
};

/* The session before, until the present one is armed or running. */
struct output_before {
	char session[SESSION_ID_MAX +
		     1]; /* "": it has no such session, or the present one is sure */
	struct watch watch;
	int64_t at; /* monotonic ms: when it was left */
	uint64_t screens; /* bytes that were copied into the present one's transcript */
};

struct output {
	const struct config *config;
	const char *name; /* the target's */
	const int *disk_full; /* nothing is stored */
	struct transcript transcript;
	struct watch watch;
	char session[SESSION_ID_MAX + 1]; /* "": no session */
	int64_t session_ms; /* when it was requested; 0: no session */
	struct output_before before;
	uint64_t bytes, session_bytes; /* since the start; of this session */
	uint64_t unstored; /* bytes that the disk did not take, since the last mark */
	int64_t byte_at, byte_usec; /* the last: monotonic ms; UTC */
	int64_t death_at; /* monotonic ms; 0: no death waits to be reported */
	int64_t check_at, open_at; /* monotonic ms */
};

void output_init(
    struct output *output, const struct config *config, const char *name, const int *disk_full);
/*
 * At the start: it prints for this session, the machine's newest (NULL: it has no session). Returns for how long
 * nothing was stored, in ms; -1: nothing was stored before.
 */
int64_t output_resume(struct output *output, const struct session *session);
/* From now on it prints for this session, which was requested; its boot's first screens are copied. */
void output_follow(struct output *output, const struct session *session);
/* The session is armed, or running: if it is newer than the present one, it is followed. */
void output_armed(struct output *output, const struct session *session);
/* Bytes that have come now (monotonic ms). */
void output_bytes(struct output *output, const char *bytes, size_t len, int64_t now);
/* A line of ours: "[lastwords: TEXT]". */
void output_mark(struct output *output, const char *text);
/* Time has passed. */
void output_tick(struct output *output, int64_t now);
/* Reports a death that waits. */
void output_close(struct output *output);

#endif
