/* SPDX-License-Identifier: MIT */
/* part: what a log that has become too long is renamed to; see part.h. */
#include "part.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

/* Says in the first part that what follows was removed. */
static void part_mark_gap(struct linefiles *files, const char *first)
{
	static const char mark[] = "[lastwords: lines were removed here]\n";
	struct linefile file;
	struct err ignored;

	linefile_init(&file, first);
	(void)linefile_append(&ignored, files, &file, mark, sizeof(mark) - 1);
	linefile_close(files, &file);
}

void part_of_session(
    struct linefiles *files, const char *path, int *has_gap, char to[FILE_PATH_MAX])
{
	char first[FILE_PATH_MAX];

	snprintf(first, sizeof(first), "%s.0", path);
	snprintf(to, FILE_PATH_MAX, "%s.1", path);
	if (access(to, F_OK) == 0) {
		/* (versions before this one kept only NAME.log.1) */
		if (access(first, F_OK))
			(void)rename(to, first);
		else if (!*has_gap)
			part_mark_gap(files, first);
		*has_gap = access(to, F_OK) == 0;
	} else if (access(first, F_OK)) {
		snprintf(to, FILE_PATH_MAX, "%s", first);
	}
}

void part_of_stream(const char *path, char to[FILE_PATH_MAX])
{
	char time[19];

	clock_format_compact(clock_now(), time);
	snprintf(to, FILE_PATH_MAX, "%.*s@%s.log", (int)(strlen(path) - 4), path, time);
}
