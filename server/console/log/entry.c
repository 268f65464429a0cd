/* SPDX-License-Identifier: MIT */
/* entry: one entry of a transcript's index; see entry.h. Pure. */
#include "entry.h"

void entry_put(unsigned char out[ENTRY_SIZE], uint64_t offset, uint64_t usec)
{
	for (int i = 0; i < 8; i++) {
		out[i] = (unsigned char)(offset >> (8 * i));
		out[8 + i] = (unsigned char)(usec >> (8 * i));
	}
}

void entry_get(const unsigned char in[ENTRY_SIZE], uint64_t *offset, uint64_t *usec)
{
	*offset = *usec = 0;
	for (int i = 7; i >= 0; i--) {
		*offset = *offset << 8 | in[i];
		*usec = *usec << 8 | in[8 + i];
	}
}
