/* SPDX-License-Identifier: MIT */
/*
 * prefetch: memory is asked for before it is needed. Of ten thousand machines none is in the cache when its
 * packet comes, and to wait for one line of memory after the other is most of what it costs. No more than a
 * hint: it must never be needed for what is computed.
 */
#ifndef COLLECTOR_PREFETCH_H
#define COLLECTOR_PREFETCH_H

#include <stddef.h>

enum { PREFETCH_LINE = 64 }; /* bytes; where lines are longer, some are asked for twice */

/* len bytes at start, to be written to. */
static inline void prefetch_lines(const void *start, size_t len)
{
	for (size_t at = 0; at < len; at += PREFETCH_LINE)
		__builtin_prefetch((const char *)start + at, 1);
}

#endif
