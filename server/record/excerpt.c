/* SPDX-License-Identifier: MIT */
/* excerpt: the report's lines of a record; see record.h. */
#include "record.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/line.h"

/* At most max bytes of dir/record.txt from offset on; the caller frees. NULL: no file, no bytes there, or no memory. */
static char *excerpt_read(const char *dir, uint64_t offset, size_t max, size_t *len)
{
	char path[FILE_PATH_MAX], *text;
	struct err ignored;
	ssize_t n = -1;
	int fd;

	if (file_path(&ignored, dir, "record.txt", path))
		return NULL;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return NULL;
	text = malloc(max);
	if (text)
		n = pread(fd, text, max, (off_t)offset);
	close(fd);
	if (n <= 0) {
		free(text);
		return NULL;
	}
	*len = (size_t)n;
	return text;
}

char *record_read_excerpt(const char *dir, const struct record_channels *has, size_t max)
{
	struct report_cursor cursor = {0};
	struct report_line line;
	char *text, *lines;
	size_t len, at = 0;

	if (!has->report_line)
		return NULL;
	text = excerpt_read(dir, has->report_at, max, &len);
	lines = text ? malloc(len + 2) : NULL;
	if (!lines) {
		free(text);
		return NULL;
	}
	cursor.text = text;
	cursor.len = len;
	/* (a line that is cut in two has a newline more, but then a time stamp less) */
	while (report_line_next(&cursor, &line) && at + line.len + 1 <= len) {
		memcpy(lines + at, line.text, line.len);
		at += line.len;
		lines[at++] = '\n';
	}
	lines[at] = '\0';
	free(text);
	return lines;
}
