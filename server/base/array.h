/* SPDX-License-Identifier: MIT */
/*
 * array: a growing array. The caller keeps the items (malloc'ed, NULL while empty), their count and
 * the room, in items.
 */
#ifndef LASTWORDS_BASE_ARRAY_H
#define LASTWORDS_BASE_ARRAY_H

#include <stddef.h>

#include "err.h"

/*
 * Makes room for at least one item after count; size is an item's, in bytes. Returns the items, which
 * may have moved, or NULL when memory is short: then items and *room are unchanged.
 *
 *	struct word *words = array_grow(err, list->words, &list->room, list->count, sizeof(*words));
 *	if (!words)
 *		return -1;
 *	list->words = words;
 */
void *array_grow(struct err *err, void *items, size_t *room, size_t count, size_t size);

#endif
