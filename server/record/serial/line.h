/* SPDX-License-Identifier: MIT */
/* line: one line of a console; the rule is in serial.h. Pure. */
#ifndef LASTWORDS_RECORD_SERIAL_LINE_H
#define LASTWORDS_RECORD_SERIAL_LINE_H

#include "serial.h"

/* What a line is to those that follow it. */
enum line_kind {
	LINE_OTHER,
	LINE_BOOT, /* "Linux version N": a kernel begins (with a stamp too) */
	LINE_CAPTURE, /* the capture kernel is up */
	LINE_DUMP, /* the dead kernel's ring begins */
	LINE_DUMP_END,
	LINE_MARK, /* ours: bytes are missing */
};

/* One line, as serial_line has read it. */
struct serial_line {
	enum line_kind kind;
	int stamped; /* it is a kernel's line */
	size_t len; /* of text */
	struct timeline_part part; /* of text, if it is stamped */
	/* From the stamp on, or without one the whole line without escape sequences; \xNN for what does not
	 * print, no blanks at its end; and a NUL. */
	char text[SERIAL_LINE_MAX];
};

/* The next line that is not empty, as it came; 0 at the end. */
int serial_next(const char **at, const char *end, const char **bytes, size_t *len);
void serial_line(struct serial_line *line, const char *bytes, size_t len);
/* 1 if it is a kernel's command line; *captures: the capture kernel's. */
int serial_is_command(const struct serial_line *line, int *captures);

#endif
