/* SPDX-License-Identifier: MIT */
/*
 * meta: NAME.meta next to a log: its counts and where its stream was. kv.h, one pair a line:
 *
 *   session, stream, packets, lines, bytes, lost, truncated, late, duplicates, unsent, dropped, next, usec, bound, died,
 *   levels, levels-end
 *
 * levels are those of the log's last lines (base/levels.h), up to its byte levels-end: the kernel sends a level with
 * each record in the extended format, and the log, like dmesg's output, does not have it.
 *
 * It is overwritten in place and always META_SIZE bytes long, so that it needs no more disk space later.
 */
#ifndef COLLECTOR_LOG_META_H
#define COLLECTOR_LOG_META_H

#include <stdint.h>

#include "base/err.h"
#include "base/levels.h"
#include "collector/wire/stream.h"
#include "linefile.h"
#include "store/db.h"

enum {
	META_SIZE = 1536,
	META_STREAM_MAX = 64, /* "ADDRESS-PORT" with its NUL */
};

struct meta {
	struct db_stream counts;
	uint64_t unsent; /* records that the kernel printed and never sent (wire/stream.h) */
	uint64_t dropped; /* lines and packets that were received but not kept */
	uint64_t next; /* the stream's next record; STREAM_NO_NEXT unknown */
	uint64_t usec; /* newest kernel time in the log; NETCONSOLE_NO_TIME unknown */
	uint64_t bound; /* how often a stream was bound to it */
	int64_t died; /* when a crash was first seen (ms UTC); 0 never */
	char stream[META_STREAM_MAX]; /* the last sender; "" none */
};

/* The levels of a log's lines up to its byte end. */
struct meta_levels {
	struct levels_tail tail;
	int64_t end;
};

/* Adds what a stream has counted since the last time. */
void meta_count(struct meta *meta, const struct stream_counts *counts);
/* The level of the next line, of a kernel's prio (-1 unknown). *levels is made when the first is known. */
void meta_add_level(struct meta_levels **levels, int prio);
/* Levels count lines from the log's end: whoever changes that, but by adding a line, must call this. */
void meta_forget_levels(struct meta_levels **levels);
/* What is unknown where there is no such file, or one that cannot be read. *levels: NULL, or malloc'ed, the
 * caller's. */
void meta_read(const char *path, struct meta *meta, struct meta_levels **levels);
/* session "" for none; levels NULL for none. 0/-1. */
int meta_write(struct err *err, struct linefiles *files, struct linefile *file, const char *session,
    const struct meta *meta, const struct meta_levels *levels);

#endif
