/* SPDX-License-Identifier: MIT */
/*
 * seen: a set of lines, to find those that a log has already. Pure. It keeps a 64-bit hash of each line;
 * with SEEN_MAX lines, a new line is taken for a known one with a probability of 4e-15.
 */
#ifndef COLLECTOR_LOG_SEEN_H
#define COLLECTOR_LOG_SEEN_H

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
