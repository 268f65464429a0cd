/* SPDX-License-Identifier: MIT */
/*
 * stretches: a text file that says something of stretches of lines, in their order, "FIRST LAST WORDS" a line
 * (record/record.h: record.channels, record.levels). Finds a line's words by bisection: a file of a million
 * stretches costs some reads. It must not know what the words mean. The file may be damaged: then words are missing.
 */
#ifndef LASTWORDS_QUERY_STRETCHES_H
#define LASTWORDS_QUERY_STRETCHES_H

#include <stdint.h>
#include <stdio.h>

enum { STRETCHES_LINE_MAX = 256 }; /* bytes; longer lines are passed over */

struct stretches {
	FILE *file; /* NULL: none; private */
	int64_t first, last; /* of the stretch that was read last; private */
	char line[STRETCHES_LINE_MAX];
	const char *words;
};

/* Reads from fd (-1: there is no file), which it closes, from the stretch of line n on, 1 or more. */
void stretches_open(struct stretches *stretches, int fd, int64_t n);
/* The words of line n, or NULL: unknown. Lines must be asked for in their order. */
const char *stretches_at(struct stretches *stretches, int64_t n);
void stretches_close(struct stretches *stretches);

#endif
