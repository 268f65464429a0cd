/* SPDX-License-Identifier: MIT */
/* seen: a set of lines; see seen.h. */
#include "seen.h"

#include <stdlib.h>
#include <string.h>

/* FNV-1a with a final mix. A sender who finds a collision can only lose a line of his own. */
static uint64_t seen_hash(const char *line, size_t len)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)line[i]) * 0x100000001b3;
	hash ^= hash >> 32;
	return hash ? hash : 1;
}

static uint64_t *seen_slot(uint64_t *slot, size_t size, uint64_t hash)
{
	size_t at = hash & (size - 1);

	while (slot[at] && slot[at] != hash)
		at = (at + 1) & (size - 1);
	return &slot[at];
}

int seen_add(struct seen *seen, const char *line, size_t len)
{
	uint64_t hash = seen_hash(line, len);
	uint64_t *slot;

	if (seen->count * 4 >= seen->size * 3) {
		size_t size = seen->size ? seen->size * 2 : 256;
		uint64_t *bigger;

		if (seen->count >= SEEN_MAX || !(bigger = calloc(size, sizeof(*bigger))))
			return -1;
		for (size_t i = 0; i < seen->size; i++)
			if (seen->slot[i])
				*seen_slot(bigger, size, seen->slot[i]) = seen->slot[i];
		free(seen->slot);
		seen->slot = bigger;
		seen->size = size;
	}
	slot = seen_slot(seen->slot, seen->size, hash);
	if (!*slot) {
		*slot = hash;
		seen->count++;
	}
	return 0;
}

int seen_has(const struct seen *seen, const char *line, size_t len)
{
	return seen->size && *seen_slot(seen->slot, seen->size, seen_hash(line, len));
}

void seen_free(struct seen *seen)
{
	free(seen->slot);
	memset(seen, 0, sizeof(*seen));
}
