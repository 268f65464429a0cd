/* SPDX-License-Identifier: MIT */
/*
 * line: cuts a kernel log into lines without their prefixes. Must not depend on reports.
 *
 * Prefixes, in any order: "<N>", "N,N,N,X;" (/dev/kmsg), "kern  :warn  : " (dmesg -x),
 * "[   12.345678]", "[Fri Nov 21 10:00:00 2026]" (dmesg -T), caller ids "[  T123]" "[    C0]",
 * "Nov 21 10:00:00 host kernel: ", "2026-11-21T10:00:00+00:00 host kernel: ", "host kernel: ",
 * "kernel: ", "Nov 21 10:00:00 host N,N,N,X;". A line with the time stamp of another line in its
 * middle (two consoles, or a program that printed no newline) is cut there. Source:
 * kernel/printk/printk.c, util-linux dmesg.
 */
#ifndef LASTWORDS_REPORT_LINE_H
#define LASTWORDS_REPORT_LINE_H

#include <stddef.h>
#include <stdint.h>

enum { REPORT_LINE_MAX = 2048 }; /* bytes that are read; the rest of a longer line is ignored */

struct report_line {
	const char *text; /* after the prefixes; leading blanks kept; not terminated */
	size_t len; /* without trailing blanks and CRs */
	size_t offset; /* of the line's first byte in the text */
	size_t number; /* newlines before it */
	int64_t time_us; /* -1: no time stamp */
	char caller; /* 'T' task, 'C' CPU, 0 no caller id */
	uint32_t caller_id;
	int whole; /* 1: ended by a newline, 0: by the time stamp of another line or the end of the text */
};

struct report_cursor {
	const char *text;
	size_t len, pos, number;
	size_t end; /* of the line at pos; 0: unknown */
};

/* 1 and the next line, 0 at the end. */
int report_line_next(struct report_cursor *cursor, struct report_line *line);

/* Shared by the parsers. All take a text that is not terminated. */
int report_starts(const char *text, size_t len, const char *prefix);
/* First place of word in text, or NULL. */
const char *report_seek(const char *text, size_t len, const char *word);
/* 1 if the whole text matches pattern: '*' is any run, '#' a run of decimal digits, others themselves. */
int report_glob(const char *pattern, const char *text, size_t len);
/* Copies at most size - 1 bytes, control bytes as '?'. */
void report_copy(char *to, size_t size, const char *text, size_t len);

#endif
