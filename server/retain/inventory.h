/* SPDX-License-Identifier: MIT */
/*
 * inventory: what STATE holds, as a list for retain.h: each session's directory, with its size and the
 * newest time of its files; streams of nobody; and from the index the sessions of which only the
 * journal tells. Reads names and sizes only, no contents. A session crashed if it has a dump or a
 * record, or if the index says so.
 */
#ifndef LASTWORDS_RETAIN_INVENTORY_H
#define LASTWORDS_RETAIN_INVENTORY_H

#include "retain.h"
#include "store/db.h"

/* What the files of a stream are called behind its ADDRESS-PORT in STATE/streams; NULL ends them. */
extern const char *const inventory_stream_suffixes[];

struct inventory {
	struct retain_item *items;
	size_t count, room;
	uint64_t bytes;
};

/* store may be NULL. 0, or -1 with nothing to free. */
int inventory_read(struct err *err, const char *state, struct db *db, struct inventory *inventory);
void inventory_free(struct inventory *inventory);
/* One directory: bytes, last_ms (never before what it was), crashed, marked. -1: cannot be read. */
int inventory_directory(const char *dir, struct retain_item *item);

#endif
