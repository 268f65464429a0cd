/* SPDX-License-Identifier: MIT */
/*
 * screen: where a command's output goes, and what that can show. On a terminal: headings, widths, colours, relative
 * times. Elsewhere the same facts in a form for scripts.
 */
#ifndef LASTWORDS_CLI_SCREEN_H
#define LASTWORDS_CLI_SCREEN_H

#include <stdio.h>

#include "base/err.h"
#include "times.h"

enum screen_when { SCREEN_AUTO, SCREEN_ALWAYS, SCREEN_NEVER };

enum { SCREEN_TIME_MAX = 2 * TIMES_MAX + 4 };

/* What a person has asked for, on the command line. */
struct screen_options {
	enum screen_when
	    colour; /* SCREEN_AUTO: on a terminal, unless NO_COLOR is set or TERM is dumb */
	int no_pager, local, utc;
};

struct screen {
	FILE *out;
	int terminal; /* out is one */
	int width, height; /* of it, in columns and rows */
	int utf8; /* it shows UTF-8 */
	int colour;
	int pager; /* long output may go through one */
	enum times_form times; /* of lists */
	enum times_form absolute; /* where a time must be absolute: TIMES_UTC or TIMES_LOCAL */
	int64_t now_ms; /* for relative times */
};

enum screen_colour {
	SCREEN_PLAIN,
	SCREEN_GOOD, /* armed, running */
	SCREEN_WARN, /* not armed */
	SCREEN_BAD, /* crashed */
	SCREEN_STRONG, /* headings, titles */
};

/* "auto", "always", "never". 0/-1. */
int screen_parse_when(struct err *err, const char *text, enum screen_when *when);
/* Looks at standard output and the environment: COLUMNS, LINES, NO_COLOR, TERM, LC_ALL, LC_CTYPE, LANG. */
void screen_open(struct screen *screen, const struct screen_options *options);

/* Begins and ends a colour; "" where there are none. */
const char *screen_begin(const struct screen *screen, enum screen_colour colour);
const char *screen_end(const struct screen *screen, enum screen_colour colour);

/* A time of a list. */
void screen_time(const struct screen *screen, int64_t ms, char text[TIMES_MAX]);
/* A time of one thing: absolute with milliseconds, and on a terminal "(3 min ago)". */
void screen_time_both(const struct screen *screen, int64_t ms, char text[SCREEN_TIME_MAX]);

#endif
