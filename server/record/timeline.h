/* SPDX-License-Identifier: MIT */
/*
 * timeline: the logs that several channels brought of one kernel, as one log. Pure: texts in, lines
 * out; any bytes allowed, time linear in them (but for a sort of what is put in between). It must not
 * know of files or sessions.
 *
 * THE RULE
 *   - A line is "<N>" (may be absent), "[SECONDS.MICROSECONDS]" (may be absent), a caller id "[T12]"
 *     (may be absent) and its text. Two lines of different channels are one if time and text are the
 *     same; level, caller id and white space at the end do not count. A line that a channel has twice
 *     stands twice. The channels' files hold no sequence numbers: the collector has used them up to put
 *     the lines in order and to mark what is missing; the time, which every record carries in
 *     microseconds, and the text say the same.
 *   - A line that one channel has shorter is the same line if the time is the same and it is the
 *     other's beginning, or its beginning and end around our "[lastwords: N bytes lost]". The
 *     longer form stays.
 *   - The order is that of the first text given (the ring itself, where there is a dump). A line that
 *     it has not goes in by its time: behind everything that is not younger, but beside its neighbours
 *     of the same time. So what the ring had overwritten comes first, and what came after the dump
 *     comes last. A line without time follows its predecessor. A line more than
 *     TIMELINE_FALL_US older than one before it in its own channel is another kernel's: it follows its
 *     predecessor too.
 *   - A mark of ours for lost lines ("[lastwords: 3 records lost: seq 812–814]") is left out where
 *     another channel goes over the place without a mark of its own, or brought as many lines as are
 *     missing; else it stays and is a hole.
 *   - Two lines of one time of which each is missing in the other's channels differ: both stay, with
 *     TIMELINE_DIFFERS. netconsole and UDP count as one channel here: the collector leaves out of the
 *     second what the first had brought.
 *   - Empty lines are left out.
 */
#ifndef LASTWORDS_RECORD_TIMELINE_H
#define LASTWORDS_RECORD_TIMELINE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* The channels, as bits. */
enum {
	TIMELINE_HTTP = 1,
	TIMELINE_NETCONSOLE = 2,
	TIMELINE_UDP = 4, /* the capture kernel's fallback */
	TIMELINE_PSTORE = 8,
	TIMELINE_AGAIN = 16, /* further dumps by HTTP, other than the first */
	TIMELINE_CHANNELS = 5, /* how many there are */
};
enum { TIMELINE_MARK = 1, TIMELINE_HOLE = 2, TIMELINE_DIFFERS = 4 };
enum { TIMELINE_FALL_US = 30 * 1000000 };
#define TIMELINE_NO_TIME INT64_MAX

struct timeline_line {
	const char *text; /* without its newline; points into the text it came from */
	size_t len;
	int64_t usec; /* the kernel's time as printed; TIMELINE_NO_TIME */
	unsigned int channels; /* which have it */
	unsigned int flags;
};

struct timeline {
	struct timeline_line *line;
	size_t count;
	size_t holes, differing; /* lines with these flags */
};

/*
 * Merges one more text into *timeline (zeroed before the first), which goes on pointing into it. The
 * text of the best channel comes first. 0, or -1 out of memory (then it is only good for freeing).
 */
int timeline_add(
    struct err *err, struct timeline *timeline, const char *text, size_t len, unsigned int channel);
/* After the last: settles marks and differences. */
void timeline_resolve(struct timeline *timeline);
void timeline_free(struct timeline *timeline);

/* "http,netconsole": http, netconsole, udp, pstore, http-again */
const char *timeline_channel_names(unsigned int channels, char text[48]);

/* --- line.c ------------------------------------------------------------------------- */

/* A line taken apart: its time, and the text that is compared. */
struct timeline_part {
	int64_t usec;
	const char *body;
	size_t len;
	unsigned int flags; /* TIMELINE_MARK, TIMELINE_HOLE */
	uint64_t lost; /* of a hole: how many records, 0 not said */
};
void timeline_part(const char *text, size_t len, struct timeline_part *part);
/* The next line that is not empty, without white space at its end; 0 at the end of the text. */
int timeline_next(const char **at, const char *end, const char **line, size_t *len);
/* 1 if cut is whole with its end, or something in it that a mark stands for, missing. */
int timeline_is_cut(const struct timeline_part *cut, const struct timeline_part *whole);
/* 1 if a mark of ours stands inside the line for bytes that are missing. */
int timeline_has_mark(const struct timeline_part *part);

#endif
