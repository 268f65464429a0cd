/* SPDX-License-Identifier: MIT */
/*
 * prefetch: asks for memory before it is needed. Of ten thousand senders hardly one is in the CPU's cache when
 * its packet arrives; to wait for one cache line after the other is a fifth of what the packet costs. It is
 * only a hint: no result may depend on it.
 */
#ifndef BASE_PREFETCH_H
#define BASE_PREFETCH_H

#include <stddef.h>

enum { PREFETCH_LINE = 64 }; /* bytes; where cache lines are longer, some are asked for twice */

/* The len bytes at start, which will be written. */
static inline void prefetch(const void *start, size_t len)
{
	for (size_t at = 0; at < len; at += PREFETCH_LINE)
		__builtin_prefetch((const char *)start + at, 1);
}

#endif
