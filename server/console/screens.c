/* SPDX-License-Identifier: MIT */
/* screens: see screens.h. */
#include "screens.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "console/log/entry.h"
#include "watch.h"

/* How many of the bytes come before the end of the last kernel line. */
static size_t screens_begin(const char *bytes, size_t len)
{
	size_t begin = 0;

	for (const char *at = bytes, *end = bytes + len; at < end;) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t size = (size_t)((newline ? newline + 1 : end) - at);

		if (watch_is_stamped(at, size))
			begin = (size_t)(at - bytes) + size;
		at += size;
	}
	return begin;
}

static int screens_write(struct err *err, const struct transcript_reader *reader, uint64_t offset,
    const char *bytes, size_t len, struct transcript *into)
{
	for (const char *at = bytes, *end = bytes + len; at < end;) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t size = (size_t)((newline ? newline + 1 : end) - at);
		uint64_t place = offset + (uint64_t)(at - bytes);

		if (transcript_write(err, into, at, size, transcript_time(reader, place)))
			return -1;
		at += size;
	}
	return 0;
}

/* What the transcript has from offset on, at most SCREENS_MAX bytes. malloc'ed; NULL. */
static char *screens_read(
    struct err *err, const struct transcript_reader *reader, uint64_t offset, size_t *len)
{
	char *bytes = malloc(SCREENS_MAX);
	ssize_t n = 0;

	*len = 0;
	if (!bytes) {
		err_set(err, "out of memory");
		return NULL;
	}
	while (*len < SCREENS_MAX &&
	       (n = transcript_read(reader, offset + *len, bytes + *len, SCREENS_MAX - *len)) > 0)
		*len += (size_t)n;
	if (n >= 0)
		return bytes;
	err_errno(err, "console.log");
	free(bytes);
	return NULL;
}

int screens_copy(struct err *err, const char *dir, struct transcript *into)
{
	struct transcript_reader reader;
	char *bytes = NULL;
	size_t have, begin;
	uint64_t offset;
	int rc = -1;

	if (transcript_read_open(err, &reader, dir) == 0) {
		offset = transcript_size(&reader);
		offset = offset > SCREENS_MAX ? offset - SCREENS_MAX : 0;
		bytes = screens_read(err, &reader, offset, &have);
	}
	if (bytes) {
		begin = screens_begin(bytes, have);
		rc = screens_write(err, &reader, offset + begin, bytes + begin, have - begin, into);
	}
	free(bytes);
	transcript_read_close(&reader);
	return rc;
}

int screens_move(struct err *err, const char *dir, uint64_t offset, struct transcript *into)
{
	static const char *const names[] = {ENTRY_LOG, ENTRY_INDEX};
	struct transcript_reader reader;
	char path[FILE_PATH_MAX], *bytes = NULL;
	struct err ignored;
	size_t len;
	int rc = -1;

	if (transcript_read_open(err, &reader, dir) == 0)
		bytes = screens_read(err, &reader, offset, &len);
	if (bytes)
		rc = screens_write(err, &reader, offset, bytes, len, into);
	free(bytes);
	transcript_read_close(&reader);
	for (int i = 0; i < 2; i++)
		if (file_path(&ignored, dir, names[i], path) == 0)
			unlink(path);
	rmdir(dir);
	return rc;
}
