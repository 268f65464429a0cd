/* SPDX-License-Identifier: MIT */
/* nics: modalias against the list of the capture initramfs; see nics.h. Pure. */
#include "nics.h"

#include <fnmatch.h>
#include <string.h>

enum { NICS_GLOB_MAX = 256 };

int nics_cover(const char *list, const char *modalias)
{
	for (; *list; list += strcspn(list, "\n"), list += *list == '\n') {
		size_t len = strcspn(list, " \n");
		char glob[NICS_GLOB_MAX];

		if (len == 0 || *list == '#' || len >= sizeof(glob))
			continue;
		memcpy(glob, list, len);
		glob[len] = '\0';
		if (fnmatch(glob, modalias, 0) == 0)
			return 1;
	}
	return 0;
}

int nics_class(const char *text)
{
	return strncmp(text, "0x02", 4) == 0 && strlen(text) == 8;
}
