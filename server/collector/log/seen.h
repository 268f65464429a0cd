/* SPDX-License-Identifier: MIT */
/*
 * seen: a set of lines, to tell those that a log has already from those it has not. Pure. It keeps
 * 64 bits of hash a line; with SEEN_MAX lines in it the chance that a new one is taken for known is
 * 4e-15.
 */
#ifndef COLLECTOR_SEEN_H
#define COLLECTOR_SEEN_H

#include <stddef.h>
#include <stdint.h>

enum { SEEN_MAX = 65536 };

struct seen {
	uint64_t *slot; /* open addressing; 0 is empty */
	size_t size, count; /* size: 0 or a power of two */
};

/* Starts from a zeroed struct. 0, or -1: full or out of memory (the line is not in the set). */
int seen_add(struct seen *seen, const char *line, size_t len);
int seen_has(const struct seen *seen, const char *line, size_t len);
void seen_free(struct seen *seen);

#endif
