/* SPDX-License-Identifier: MIT */
/* array: a growing array; see array.h. */
#include "array.h"

#include <stdlib.h>

enum { ARRAY_FIRST = 16 };

void *array_grow(struct err *err, void *items, size_t *room, size_t count, size_t size)
{
	size_t more = *room ? *room : ARRAY_FIRST;
	void *bigger;

	while (more <= count && more <= (size_t)-1 / 2)
		more *= 2;
	if (more == *room)
		return items;
	bigger = more > (size_t)-1 / size ? NULL : realloc(items, more * size);
	if (!bigger) {
		err_set(err, "out of memory for %zu items of %zu bytes", more, size);
		return NULL;
	}
	*room = more;
	return bigger;
}
