/* SPDX-License-Identifier: MIT */
/* stretches: what a file says of stretches of lines; see stretches.h. */
#include "stretches.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads the next whole line. 1, or 0 at the end of the file. */
static int stretches_next(struct stretches *s)
{
	while (fgets(s->line, sizeof(s->line), s->file)) {
		size_t len = strlen(s->line);
		char *end, *rest;

		if (len == 0 || s->line[len - 1] != '\n') {
			int c;

			/* overlong, or the end of a file that is being written */
			while ((c = fgetc(s->file)) != EOF && c != '\n')
				;
			continue;
		}
		s->line[len - 1] = '\0';
		s->first = strtoll(s->line, &end, 10);
		s->last = strtoll(end, &rest, 10);
		if (end == s->line || rest == end || s->first < 1 || s->last < s->first)
			continue;
		s->words = *rest == ' ' ? rest + 1 : rest;
		return 1;
	}
	s->first = s->last = INT64_MAX;
	s->words = NULL;
	return 0;
}

/* Goes to the first whole line at or after offset, and reads it. 1, or 0 at the end. */
static int stretches_seek(struct stretches *s, off_t offset)
{
	int c;

	if (fseeko(s->file, offset, SEEK_SET))
		return 0;
	while (offset > 0 && (c = fgetc(s->file)) != '\n')
		if (c == EOF)
			return 0;
	return stretches_next(s);
}

void stretches_open(struct stretches *s, int fd, int64_t n)
{
	off_t low = 0, high;
	struct stat st;

	memset(s, 0, sizeof(*s));
	if (fd < 0)
		return;
	s->file = fstat(fd, &st) == 0 ? fdopen(fd, "r") : NULL;
	if (!s->file) {
		close(fd);
		return;
	}
	high = st.st_size;
	/* the stretch begins after low, or at 0 */
	while (high - low > 2 * STRETCHES_LINE_MAX) {
		off_t middle = low + (high - low) / 2;

		if (stretches_seek(s, middle) && s->first <= n)
			low = middle;
		else
			high = middle;
	}
	stretches_seek(s, low);
}

const char *stretches_at(struct stretches *s, int64_t n)
{
	if (!s->file)
		return NULL;
	while (s->last < n && stretches_next(s))
		;
	return s->words && s->first <= n && n <= s->last ? s->words : NULL;
}

void stretches_close(struct stretches *s)
{
	if (s->file)
		fclose(s->file);
	s->file = NULL;
}
