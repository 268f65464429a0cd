/* SPDX-License-Identifier: MIT */
/* screens: see screens.h. */
#include "screens.h"

#include <stdlib.h>
#include <string.h>

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

int screens_copy(struct err *err, const char *dir, struct transcript *into)
{
	struct transcript_reader reader;
	uint64_t size, offset;
	char *bytes = NULL;
	size_t have = 0, begin;
	ssize_t n = 0;
	int rc = -1;

	if (transcript_read_open(err, &reader, dir))
		goto out;
	size = transcript_size(&reader);
	offset = size > SCREENS_MAX ? size - SCREENS_MAX : 0;
	bytes = malloc(SCREENS_MAX);
	if (!bytes) {
		err_set(err, "out of memory");
		goto out;
	}
	while (have < SCREENS_MAX &&
	       (n = transcript_read(&reader, offset + have, bytes + have, SCREENS_MAX - have)) > 0)
		have += (size_t)n;
	begin = screens_begin(bytes, have);
	rc = n < 0 ? err_errno(err, "%s", dir)
		   : screens_write(err, &reader, offset + begin, bytes + begin, have - begin, into);
out:
	free(bytes);
	transcript_read_close(&reader);
	return rc;
}
