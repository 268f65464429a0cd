/* SPDX-License-Identifier: MIT */
/*
 * inventory: the contents of STATE, as a list for retain.h: each session's directory with its size and
 * newest file time; unassigned streams and the transcripts of consoles outside sessions, each older part
 * as an item of its own; and from the index the sessions that are only in the journal. Reads names and
 * sizes, no contents. A session has a crash if it has a dump or a record, or by the index.
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
/* Whether the file of STATE/consoles/TARGET is of the older part, "TARGET/1". */
int inventory_console_is_old(const char *file);
/* Reads the files of one part in dir, STATE/consoles/TARGET: bytes, last_ms. -1: cannot be read. */
int inventory_console(const char *dir, int old, struct retain_item *item);

#endif
