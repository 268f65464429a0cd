/* SPDX-License-Identifier: MIT */
/*
 * decode: the lines of a report, each with its source lines where it names a function with offset and size:
 *   "[    9.000003] RIP: 0010:lab_oops+0x5/0x10 [lab_die] (lab_die.c:12)"
 * It must not know where source lines are from.
 */
#ifndef LASTWORDS_DECODE_DECODE_H
#define LASTWORDS_DECODE_DECODE_H

#include <stdio.h>

#include "source.h"

enum { DECODE_FRAMES = 100, DECODE_LINE = 4096 };

/* The first place that a line names. 1, or 0: none. Pure. */
int decode_place(const char *line, size_t len, struct source_place *place);
/* Writes the report's lines to out; find as source_find. How many have a source line; at most DECODE_FRAMES are looked
 * up. */
int decode_report(FILE *out, const char *text, size_t len,
    int (*find)(void *arg, const struct source_place *place, char text[SOURCE_TEXT]), void *arg);

#endif
