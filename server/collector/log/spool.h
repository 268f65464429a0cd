/* SPDX-License-Identifier: MIT */
/*
 * spool: lines that are received but not yet in their logs. When thousands of machines talk at once, a
 * write to each one's log at every wake-up would be most of the work. So one write puts the lines of all
 * of them here, and each log is written later, many lines at a time. A collector that was killed in
 * between finds here what its logs lack. Nothing is synced: the spool survives kill -9, not a power cut,
 * like the logs.
 *
 * Two files, STATE/run/lines.0 and lines.1, take turns; one is emptied when all its lines are in the
 * logs. A record (host byte order, 8-byte aligned) is struct spool_head, the text, and two strings
 * with their NULs. Its checksum covers everything after it; reading ends at the first record that is
 * not whole. It must not know logs: logfile.c chooses the lines, and compares them when it recovers.
 */
#ifndef COLLECTOR_LOG_SPOOL_H
#define COLLECTOR_LOG_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "meta.h"

enum {
	SPOOL_TURN_MS = 5000, /* the files are swapped after this time */
	SPOOL_TURN_BYTES = 16 << 20, /* or this size */
	SPOOL_MAX = 64 << 20, /* bytes of one file: no more is taken */
	SPOOL_BUFFER = 1 << 20, /* bytes gathered for one write */
	SPOOL_TEXT_MAX = 16 << 10, /* bytes of a record's text */
};

struct spool_record {
	const char *session, *name; /* of the log, as in logfile.h */
	int64_t at; /* offset of the text in the log's file */
	const char *text; /* whole lines with their newlines; len 0: only the meta is new */
	size_t len;
	struct meta meta; /* as it is with this text */
};

struct spool {
	int fd[2]; /* -1: there is no spool */
	uint64_t turn; /* turn % 2 is written to; never 0 */
	size_t live[2]; /* logs with lines there that are not in their file */
	int64_t size[2], began;
	char *buf;
	size_t len;
	int failed;
};

void spool_init(struct spool *spool);
/* Opens the files, making them; what is in them stays until spool_clear(). 0/-1. */
int spool_open(struct err *err, struct spool *spool, const char *state);
/* Calls got() for each record, the older file first; its strings and text live as long as the call. 0/-1. */
int spool_read(struct err *err, const struct spool *spool,
    void (*got)(void *arg, const struct spool_record *record), void *arg);
/* Empties both. */
void spool_clear(struct spool *spool);
void spool_close(struct spool *spool);

/* 1 if there is a spool and it has room. Swaps the files when it is time. */
int spool_ready(struct spool *spool, int64_t now);
/* Adds a record, which spool_write() writes; when the buffer is full, it is written at once. 0, or -1: the
 * record is too long. */
int spool_add(struct spool *spool, const struct spool_record *record);
/* 0, or -1: the records since the last call may not be there. */
int spool_write(struct spool *spool);

/* A log's first record is in the current file. Returns the turn, which spool_done() gets when all the
 * lines are in the log. */
uint64_t spool_hold(struct spool *spool);
void spool_done(struct spool *spool, uint64_t turn);

#endif
