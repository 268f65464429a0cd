/* SPDX-License-Identifier: MIT */
/*
 * inventory: the contents of STATE, as a list for retain.h: each session's directory with its size and
 * newest file time; unassigned streams, each older part of a log as an item of its own; and from the
 * index the sessions that are only in the journal. Reads names and sizes, no contents. A session has a crash if it has a dump or a record, or by the
 * index.
 */
#ifndef LASTWORDS_RETAIN_INVENTORY_H
#define LASTWORDS_RETAIN_INVENTORY_H

#include "retain.h"
#include "store/db.h"

/* The suffixes of a stream's files in STATE/streams; NULL ends them. */
extern const char *const inventory_stream_suffixes[];

struct inventory {
	struct retain_item *items;
	size_t count, room;
};

/* db may be NULL. 0, or -1 with nothing to free. */
int inventory_read(struct err *err, const char *state, struct db *db, struct inventory *inventory);
void inventory_free(struct inventory *inventory);
/* Reads one directory: bytes, last_ms (it only increases), crashed, marked. -1: cannot be read. */
int inventory_directory(const char *dir, struct retain_item *item);

#endif
