/* SPDX-License-Identifier: MIT */
/* nics: modalias against the list of the capture initramfs; see nics.h. Pure. */
#include "nics.h"

#include <fnmatch.h>
#include <string.h>

enum { NICS_GLOB_MAX = 256 };

int arm_nics_cover(const char *list, size_t len, const char *modalias)
{
	const char *end = list + len;

	while (list < end) {
		const char *stop = memchr(list, '\n', (size_t)(end - list));
		const char *space;
		char glob[NICS_GLOB_MAX];

		if (!stop)
			stop = end;
		space = memchr(list, ' ', (size_t)(stop - list));
		if (!space)
			space = stop;
		if (space > list && *list != '#' && (size_t)(space - list) < sizeof(glob)) {
			memcpy(glob, list, (size_t)(space - list));
			glob[space - list] = '\0';
			if (fnmatch(glob, modalias, 0) == 0)
				return 1;
		}
		list = stop + 1;
	}
	return 0;
}

int arm_nics_class(const char *text)
{
	return strncmp(text, "0x02", 4) == 0 && strlen(text) == 8;
}
