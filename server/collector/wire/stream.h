/* SPDX-License-Identifier: MIT */
/*
 * stream: the packets of one sender (address, port) put back into the kernel's lines. Pure: no fd
 * and no clock; now is a parameter, in milliseconds of any clock that never goes back.
 *
 * Extended records come in any order, doubled, in fragments. A record that is the next in sequence
 * goes out at once; one that is ahead waits up to STREAM_WINDOW_MS for those before it, then the
 * gap is given up and marked: "[lastwords: 3 records lost: seq 812–814]". A fragmented record of
 * which pieces are missing goes out with "[lastwords: 345 bytes lost]" in their place.
 *
 * A record behind the sequence is a duplicate (dropped), a late one of a gap that was given up
 * (given out, out of order, and no longer lost), or its number and time do not fit this kernel's:
 * then another kernel has begun on the same address and port, or the same one sends its log again
 * from the beginning (netconsole was loaded anew). The stream cannot tell these two apart and says
 * restart(); the caller knows the lines it has and drops those it has seen.
 *
 * Basic packets are joined into lines; there is nothing to tell a loss by. One that comes again within
 * STREAM_ECHO_MS, with the same time and text, is the network's duplicate. A line whose printed
 * time falls back is a restart as well.
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
	STREAM_ECHO_MS = 500, /* the network's duplicates come within this */
	STREAM_SLACK_US = 1000000, /* how far the times of neighbours may disagree (CPUs' clocks) */
};

struct stream_sink {
	void *arg;
	/* A whole line without its newline; len is at most NETCONSOLE_LINE_MAX. usec is the kernel's
	 * time of it, or NETCONSOLE_NO_TIME. mark: it is ours, not the kernel's. */
	void (*line)(void *arg, const char *text, size_t len, uint64_t usec, int mark);
	/* What follows is another kernel's, or again from the beginning. */
	void (*restart)(void *arg);
};

/* Since the stream began, or since the caller set them to zero. found are late records that had
 * been counted as lost: lost - found never came. late are these, and pieces that came when their
 * record had been given out without them. */
struct stream_counts {
	uint64_t packets, bytes, lost, found, truncated, late, duplicates;
};

struct stream;

/* NULL when out of memory. */
struct stream *stream_new(void);
void stream_free(struct stream *stream);

void stream_packet(struct stream *stream, const char *buf, size_t len, int64_t now,
    const struct stream_sink *sink);
/* Gives out what has waited long enough. */
void stream_tick(struct stream *stream, int64_t now, const struct stream_sink *sink);
/* Gives out everything that waits. */
void stream_flush(struct stream *stream, const struct stream_sink *sink);
/* When stream_tick has something to do; INT64_MAX when nothing waits. */
int64_t stream_deadline(const struct stream *stream);

/* Hints (prefetch.h) that a packet of this stream comes; the second needs what the first has fetched. */
void stream_prefetch(const struct stream *stream);
void stream_prefetch_more(const struct stream *stream);

struct stream_counts *stream_counts(struct stream *stream);
/* While a line is given out: facility<<3|level (0 to 191) as its packet said; -1: it was basic. */
int stream_prio(const struct stream *stream);
/* Where the sequence is, for after a restart of ours: the next number and the newest time. 1 if it
 * is known (extended records have been given out), 0 if not. */
int stream_position(const struct stream *stream, uint64_t *next, uint64_t *usec);
/* Goes on from there in a new stream; STREAM_NO_NEXT: only the time is known. */
#define STREAM_NO_NEXT UINT64_MAX
void stream_restore(struct stream *stream, uint64_t next, uint64_t usec);

#endif
