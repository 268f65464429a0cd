/* SPDX-License-Identifier: MIT */
/*
 * prune: removes what retain.h chooses, so that no power cut leaves half of anything:
 *
 *   1. under the directory's lock (as ingest takes it to publish) and only if it is as it was when it
 *      was chosen, STATE/sessions/MAC/ID becomes STATE/sessions/MAC/.pruned-ID;
 *   2. its files go;
 *   3. the journal is told, durably: "pruned ID why=… bytes=… crash=0|1 up=MS"; the index forgets the session
 *      when it reads that;
 *   4. the empty directory goes.
 * The next run (and fsck) ends what a run that was killed has begun, at any point; why is then
 * "unfinished". A session of which only the journal tells has but step 3. An upload that comes for a
 * session that is gone makes it again: its id says all that is needed.
 *
 * Then old journal files are written anew (store/compact.h) and what there is is noted in
 * STATE/run/prune.meta (kv.h): time (ms), sessions, crashes, bytes, streams (what is stored now);
 * removed, removed-bytes (by this run); compacted (ms, of the journal).
 *
 * One run at a time (STATE/run/prune.lock). Made to run beside the collector, in a process of its own.
 */
#ifndef LASTWORDS_RETAIN_PRUNE_H
#define LASTWORDS_RETAIN_PRUNE_H

#include "config/config.h"
#include "retain.h"
#include "store/compact.h"

#define PRUNE_PREFIX ".pruned-"

enum { PRUNE_COMPACT_MS = 24 * 3600 * 1000 };

struct prune {
	const struct config *config;
	int dry_run; /* removes nothing, writes nothing */
	int always_compact; /* else once a day */
	/* May be NULL. */
	void (*chosen)(void *arg, const struct retain_item *item); /* each that goes, or would go */
	void (*report)(void *arg, const char *text); /* what went wrong, and was passed over */
	void *arg;
	/* results */
	uint64_t removed, removed_bytes, sessions, crashes, bytes, streams;
	uint64_t free, floor; /* bytes; before */
	struct journal_compacted compacted;
};

/* 0/-1; an item that cannot be removed is reported and passed over. */
int prune_run(struct err *err, struct prune *prune);

/* What the last run has noted in prune.meta; all 0 if none has. */
struct prune_note {
	uint64_t time_ms, sessions, crashes, bytes, streams, compacted_ms;
};
void prune_note_read(const char *state, struct prune_note *note);

/* What was begun under sessions/MAC/.pruned-NAME is ended. 0/-1. */
int prune_finish(struct err *err, const char *state, const char *mac, const char *name);

#endif
