/* SPDX-License-Identifier: MIT */
/*
 * timeline: merges the logs that several channels have of one kernel. Pure: texts in, lines out; any
 * bytes allowed, time linear in them (but for a sort of the lines that are inserted). It must not
 * depend on files or sessions.
 *
 * THE RULE
 *   - A line is "<N>" (optional), "[SECONDS.MICROSECONDS]" (optional), a caller id "[T12]" (optional)
 *     and its text. Two lines of different channels are one if time and text are equal; level, caller
 *     id and trailing white space are ignored. A line that a channel has twice is in the record twice.
 *     (The channels' files have no sequence numbers: the collector used them to order the lines and
 *     to mark losses. Time in microseconds and text identify a record as well.)
 *   - A shorter line is the same line if its time is equal and it is the other's beginning, or its
 *     beginning and end around our "[lastwords: N bytes lost]". The longer form stays.
 *   - A console drops characters: a line of it is the same line too if its time is equal and its text is
 *     the other's with some left out, at most a quarter. The other's text stays.
 *   - The order is that of the first text (the kernel's ring, where there is a dump). A line that it
 *     does not have is inserted by its time: after every line that is not later, but next to its
 *     neighbours of the same time. So lines that the ring had overwritten come first, and lines after
 *     the dump come last. A line without time follows its predecessor. A line more than
 *     TIMELINE_FALL_US older than one before it in its own channel is another kernel's: it follows
 *     its predecessor too.
 *   - A mark of ours for lost lines ("[lastwords: 3 records lost: seq 812–814]") is left out where
 *     another channel covers the place without a mark of its own, or has as many lines there as were
 *     lost; else it stays and is a hole.
 *   - Two lines of one time that are each missing in the other's channels differ: both stay, with
 *     TIMELINE_DIFFERS. netconsole and UDP count as one channel here, because the collector leaves out
 *     of the second what the first has.
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
	TIMELINE_CONSOLE = 32, /* the serial console (serial/serial.h) */
	TIMELINE_CHANNELS = 6, /* their number */
};
enum { TIMELINE_MARK = 1, TIMELINE_HOLE = 2, TIMELINE_DIFFERS = 4 };
enum { TIMELINE_FALL_US = 30 * 1000000 };
#define TIMELINE_NO_TIME INT64_MAX

struct timeline_line {
	const char *text; /* without its newline; points into the text it came from */
	size_t len;
	int64_t usec; /* the kernel's time as printed; TIMELINE_NO_TIME */
	unsigned int channels; /* that have it */
	unsigned int flags;
};

struct timeline {
	struct timeline_line *line;
	size_t count;
	size_t holes, differing; /* lines with these flags */
};

/*
 * Merges one more text into *timeline (zeroed before the first), whose lines then point into it. Add
 * the best channel's text first. 0, or -1 out of memory (then only timeline_free may follow).
 */
int timeline_add(
    struct err *err, struct timeline *timeline, const char *text, size_t len, unsigned int channel);
/* After the last text: resolves marks and differences. */
void timeline_resolve(struct timeline *timeline);
void timeline_free(struct timeline *timeline);

/* "http,netconsole": http, netconsole, udp, pstore, http-again, console */
const char *timeline_channel_names(unsigned int channels, char text[48]);

/* --- line.c ------------------------------------------------------------------------- */

/* The parts of a line: its time, and the text that is compared. */
struct timeline_part {
	int64_t usec;
	const char *body;
	size_t len;
	unsigned int flags; /* TIMELINE_MARK, TIMELINE_HOLE */
	uint64_t lost; /* of a hole: lost records, 0 unreported */
};
/* The length of the stamp at the beginning of text, "[   12.345678]"; 0 if it has no stamp. */
size_t timeline_stamp(const char *text, size_t len, int64_t *usec);
void timeline_part(const char *text, size_t len, struct timeline_part *part);
/* The next line that is not empty, without white space at its end; 0 at the end of the text. */
int timeline_next(const char **at, const char *end, const char **line, size_t *len);
/* 1 if cut is whole without its end, or without bytes that a mark in it replaces. */
int timeline_is_cut(const struct timeline_part *cut, const struct timeline_part *whole);
/* 1 if thin is whole without some of its characters, a quarter at most. */
int timeline_is_thin(const struct timeline_part *thin, const struct timeline_part *whole);
/* 1 if a mark of ours replaces bytes inside the line. */
int timeline_has_mark(const struct timeline_part *part);

#endif
