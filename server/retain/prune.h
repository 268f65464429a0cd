/* SPDX-License-Identifier: MIT */
/*
 * prune: removes what retain.h chooses, so that no power cut leaves half of anything:
 *
 *   1. under the directory's lock (ingest takes it to publish), and only if it is as it was when it
 *      was chosen, STATE/sessions/MAC/ID is renamed to STATE/sessions/MAC/.pruned-ID;
 *   2. its files are removed;
 *   3. the journal gets "pruned ID why=… bytes=… crash=0|1 up=MS end=MS release=… product=… signature=…",
 *      durably; when the index reads it, it removes the session, and keeps that it ran from up to end;
 *   4. the empty directory is removed.
 * The next run (and fsck) completes what a killed run has begun, at any point; why is then
 * "unfinished". A session that is only in the journal has only step 3. An upload for a removed
 * session makes it again: its id has all that is needed. Before the files of a stream or a console are
 * removed, the journal gets "pruned - stream=NAME …" or "pruned - console=NAME …".
 *
 * Ages (keep_days) are counted until now, but from one run to the next by PRUNE_AGED_MS at most: when the clock jumps
 * ahead, logs do not become old at once, and there is time to set it. (The collector runs this every ten minutes, so
 * that the ages of a server that was off for a week are right again after 28 hours.)
 *
 * Then old journal files are compacted (store/compact.h), and STATE/run/prune.meta (kv.h) is written:
 * time (ms); aged (ms, until when ages were counted); sessions, crashes, bytes, streams (stored now; bytes has
 * consoles too); removed, removed-bytes (by this run);
 * compacted (ms, of the journal).
 *
 * One run at a time (STATE/run/prune.lock). It may run next to a collector, in its own process.
 */
#ifndef LASTWORDS_RETAIN_PRUNE_H
#define LASTWORDS_RETAIN_PRUNE_H

#include "config/config.h"
#include "retain.h"
#include "store/compact.h"

#define PRUNE_PREFIX ".pruned-"

enum { PRUNE_COMPACT_MS = 24 * 3600 * 1000, PRUNE_AGED_MS = 70 * 60 * 1000 };

struct prune {
	const struct config *config;
	int dry_run; /* removes nothing, writes nothing */
	int always_compact; /* else once a day */
	int ignore_floor; /* removes nothing for disk_floor */
	/* May be NULL. */
	void (*chosen)(
	    void *arg, const struct retain_item *item); /* each that is, or would be, removed */
	void (*report)(void *arg, const char *text); /* what went wrong, and was passed over */
	void *arg;
	/* results */
	uint64_t removed, removed_bytes, sessions, crashes, bytes, streams;
	uint64_t free, floor; /* bytes; before the run */
	int64_t aged_ms;
	struct journal_compacted compacted;
};

/* 0/-1; an item that cannot be removed is reported and passed over. */
int prune_run(struct err *err, struct prune *prune);

/* The last run's prune.meta; all 0 if it is missing. */
struct prune_note {
	uint64_t time_ms, aged_ms, sessions, crashes, bytes, streams, compacted_ms;
};
void prune_note_read(const char *state, struct prune_note *note);

/* Bytes in STATE that are there for a moment only: bodies of requests that lighttpd receives. */
uint64_t prune_transient(const char *state);

/* Completes the removal of sessions/MAC/NAME, where NAME begins with PRUNE_PREFIX. 0/-1. */
int prune_finish(struct err *err, const char *state, const char *mac, const char *name);

#endif
