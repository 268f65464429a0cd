/* SPDX-License-Identifier: MIT */
/*
 * stream: puts the packets of one sender (address, port) back into the kernel's lines. Pure: no fd and no
 * clock; now is in milliseconds of any clock that never goes back.
 *
 * Extended records may arrive in any order, twice, or in fragments. The next record in sequence is given
 * out at once. A record that is ahead waits up to STREAM_WINDOW_MS for those before it; then the gap is
 * given up and marked "[lastwords: 3 records lost: seq 812–814]"; where the messages are numbered as well
 * (netconsole_msgid), it is known how many of them the kernel never sent. A record with missing fragments is
 * given out with "[lastwords: 345 bytes lost]" in their place.
 *
 * A record behind the sequence is one of three: a duplicate, which is dropped; a late record of a gap that
 * was given up, which is given out where the log is now and is no longer lost; or its number and time do
 * not fit this kernel. Then another kernel uses the address and port, or the same kernel sends its log
 * again from the beginning (netconsole was loaded again). The stream cannot distinguish these two; it
 * calls restart(), and the caller drops the lines that it has already.
 *
 * Basic packets are joined into lines; they have no numbers, so a loss cannot be seen. A packet that comes
 * again within STREAM_ECHO_MS with the same time and text is a duplicate made by the network. A line
 * whose printed time falls back is a restart as well.
 */
#ifndef COLLECTOR_STREAM_H
#define COLLECTOR_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "netconsole.h"

enum {
	STREAM_WINDOW_MS = 200, /* how long a gap is waited for */
	STREAM_PARTIAL_MS = 500, /* how long a basic line without its end waits for the rest */
	STREAM_WINDOW_RECORDS = 256, /* held out of order at most */
	STREAM_WINDOW_BYTES = 256 << 10,
	STREAM_FRAGMENTED = 8, /* records being put together at a time */
	STREAM_ALL_BYTES = 128 << 20, /* held by all streams that share a counter */
	STREAM_ECHO_MS = 500, /* the network's duplicates come within this */
	STREAM_SLACK_US = 1000000, /* how far the times of neighbours may disagree (CPUs' clocks) */
};

enum { STREAM_NO_PRIO = -1 };

/* One line without its newline. */
struct stream_line {
	const char *text;
	size_t len; /* at most NETCONSOLE_LINE_MAX */
	uint64_t usec; /* the kernel's time of it, or NETCONSOLE_NO_TIME */
	int prio; /* facility<<3|level (0 to 191); STREAM_NO_PRIO: unknown */
	int mark; /* 1: written by lastwords, not by the kernel */
	const char *
	    dictionary; /* of its record (netconsole_dictionary); only while the line is given out */
	size_t dictionary_len;
};

struct stream_sink {
	void *arg;
	void (*line)(void *arg, const struct stream_line *line);
	/* What follows is another kernel's, or the same log again from its beginning. */
	void (*restart)(void *arg);
};

/* Since the stream began, or since the caller set them to zero. found: records counted as lost that
 * arrived later, so lost - found never arrived. late: these, and fragments that arrived after their
 * record was given out without them. unsent: records that the kernel printed and never sent; they are not
 * in lost. */
struct stream_counts {
	uint64_t packets, bytes, lost, found, truncated, late, duplicates, unsent;
};

struct stream;

/* all: the bytes of packets that wait, of all streams with this counter, beginning at 0; it must outlive
 * them. At STREAM_ALL_BYTES records do not wait for those before them, and fragments are dropped. NULL when
 * out of memory. */
struct stream *stream_new(size_t *all);
void stream_free(struct stream *stream);

void stream_packet(struct stream *stream, const char *buf, size_t len, int64_t now,
    const struct stream_sink *sink);
/* Gives out what has waited long enough. */
void stream_tick(struct stream *stream, int64_t now, const struct stream_sink *sink);
/* Gives out everything that waits. */
void stream_flush(struct stream *stream, const struct stream_sink *sink);
/* When stream_tick has something to do; INT64_MAX when nothing waits. */
int64_t stream_deadline(const struct stream *stream);

/* Hints (prefetch.h) that a packet of it comes: the stream (step 0), then what depends on that (step 1). */
void stream_prefetch(const struct stream *stream, int step);

struct stream_counts *stream_counts(struct stream *stream);
/* The next number, for a restart of the collector. 1 if it is known (extended records were given out), 0
 * if not. */
int stream_position(const struct stream *stream, uint64_t *next);
#define STREAM_NO_NEXT UINT64_MAX
/* Continues from there in a new stream: the next number, or STREAM_NO_NEXT, and the newest time. */
void stream_restore(struct stream *stream, uint64_t next, uint64_t usec);

#endif
