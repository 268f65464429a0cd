/* SPDX-License-Identifier: MIT */
/*
 * array: a growing array. The caller keeps three things: the items (malloc'ed, NULL while empty), how
 * many there are, and for how many there is room.
 */
#ifndef LASTWORDS_BASE_ARRAY_H
#define LASTWORDS_BASE_ARRAY_H

#include <stddef.h>

#include "err.h"

/*
 * Makes room for at least one item more than count; size is one item's, in bytes. Returns the items,
 * perhaps at another place, or NULL when there is no memory: then items and *room are as before.
 *
 *	struct word *words = array_grow(err, list->words, &list->room, list->count, sizeof(*words));
 *	if (!words)
 *		return -1;
 *	list->words = words;
 */
void *array_grow(struct err *err, void *items, size_t *room, size_t count, size_t size);

#endif
