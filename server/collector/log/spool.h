/* SPDX-License-Identifier: MIT */
/*
 * spool: what has been received but is not yet in its logs. When lines of thousands of machines come
 * at once, a write to each one's log and meta at every wake-up would be most of the work. So one write
 * puts the wake-up's lines of all of them here, and each log is written later, many lines together.
 * A collector that was killed in between finds here what the logs lack. Nothing is synced: like the
 * logs, the spool is as safe from kill -9, and no safer from a power cut.
 *
 * Two files, STATE/run/lines.0 and lines.1, take turns; one is emptied when all that it has is in the
 * logs. A record, host byte order, 8-byte aligned, is struct spool_head, the text, and three strings
 * with their NULs. Its check is over all that is behind it; reading ends at the first record that is not
 * whole. It must not know logs: turn.c says what goes in, recover.c compares what
 * comes out.
 */
#ifndef COLLECTOR_SPOOL_H
#define COLLECTOR_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/db.h"
#include "store/layout.h"

enum {
	SPOOL_TURN_MS = 5000, /* the files change roles after that */
	SPOOL_TURN_BYTES = 16 << 20, /* or that */
	SPOOL_MAX = 64 << 20, /* bytes of one file: no more is taken */
	SPOOL_BUFFER = 1 << 20, /* bytes gathered for one write */
	SPOOL_TEXT_MAX = 16 << 10, /* bytes of a record's text */
};

/* Where a log is with the text of the record in it: what its meta says then. */
struct spool_state {
	uint64_t inode; /* of the log's file */
	int64_t at; /* offset in it of the text */
	struct db_stream counts;
	uint64_t dropped, next, usec;
	int64_t died_ms;
};

struct spool_record {
	struct spool_state state;
	const char *session, *name, *stream; /* as in struct logfile */
	const char *text; /* whole lines with their newlines; len 0: only the counts are news */
	size_t len;
};

struct spool {
	int fd[2]; /* -1: there is no spool */
	uint64_t turn; /* turn % 2 is written to; never 0 */
	size_t live[2]; /* logs that have something there which their file has not */
	int64_t size[2], began;
	char *buf;
	size_t len;
	int failed;
};

void spool_init(struct spool *spool);
/* Opens the files, making them; what is in them stays until spool_clear(). 0/-1. */
int spool_open(struct err *err, struct spool *spool, const char *state);
/* Gives out what is there, the older file first. Strings and text live as long as the call. 0/-1. */
int spool_read(struct err *err, const struct spool *spool,
    void (*got)(void *arg, const struct spool_record *record), void *arg);
/* Empties both. */
void spool_clear(struct spool *spool);
void spool_close(struct spool *spool);

/* 1 if there is a spool with room; changes the files' roles when it is time. */
int spool_ready(struct spool *spool, int64_t now);
/* Adds a record, to be written by spool_write(); what does not fit the buffer is written at once.
 * 0, or -1: not taken, it is too long. */
int spool_add(struct spool *spool, const struct spool_record *record);
/* 0, or -1: nothing of what was added since the last time is sure to be there. */
int spool_write(struct spool *spool);

/* A log has its first record in the file that is written to now; returns the turn to be given back
 * to spool_done() when all of it is in the log. */
uint64_t spool_hold(struct spool *spool);
void spool_done(struct spool *spool, uint64_t turn);

#endif
