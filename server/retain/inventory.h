/* SPDX-License-Identifier: MIT */
/*
 * holdings: what STATE holds, as a list for retain.h: each session's directory, with its size and the
 * newest time of its files; streams of nobody; and from the index the sessions of which only the
 * journal tells. Reads names and sizes only, no contents. A session crashed if it has a dump or a
 * record, or if the index says so.
 */
#ifndef LASTWORDS_HOLDINGS_H
#define LASTWORDS_HOLDINGS_H

#include "retain.h"
#include "store.h"

/* What the files of a stream are called behind its ADDRESS-PORT in STATE/streams; NULL ends them. */
extern const char *const holdings_stream_suffixes[];

struct holdings {
	struct retain_item *items;
	size_t count, room;
	uint64_t bytes;
};

/* store may be NULL. 0, or -1 with nothing to free. */
int holdings_read(
    struct err *err, const char *state, struct store *store, struct holdings *holdings);
void holdings_free(struct holdings *holdings);
/* One directory: bytes, last_ms (never before what it was), crashed, marked. -1: cannot be read. */
int holdings_directory(const char *dir, struct retain_item *item);

#endif
