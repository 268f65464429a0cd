/* SPDX-License-Identifier: MIT */
/* transcript: writes console.log and console.idx; see transcript.h. */
#include "transcript.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "entry.h"

enum { LINES_AT_ONCE = 256 };

void transcript_init(struct transcript *transcript)
{
	memset(transcript, 0, sizeof(*transcript));
	transcript->log = transcript->index = -1;
}

void transcript_close(struct transcript *transcript)
{
	if (transcript->log >= 0)
		close(transcript->log);
	if (transcript->index >= 0)
		close(transcript->index);
	transcript_init(transcript);
}

static int transcript_open_file(struct err *err, const char *dir, const char *name)
{
	char path[FILE_PATH_MAX];
	int fd;

	if (file_path(err, dir, name, path))
		return -1;
	fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0640);
	return fd < 0 ? err_errno(err, "%s", path) : fd;
}

/* Writes all of it. 0/-1. */
static int transcript_put(
    struct err *err, const struct transcript *transcript, int fd, const void *bytes, size_t len)
{
	const char *at = bytes;

	while (len > 0) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_errno(err, "%s/%s", transcript->dir,
			    fd == transcript->log ? ENTRY_LOG : ENTRY_INDEX);
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Indexes the lines of bytes, which begin at offset start of the log. */
static int transcript_index(struct err *err, struct transcript *transcript, const char *bytes,
    size_t len, uint64_t start, int64_t usec)
{
	unsigned char entries[LINES_AT_ONCE * ENTRY_SIZE];
	size_t count = 0;
	int rc = 0;

	if (usec < transcript->last_usec)
		usec = transcript->last_usec;
	transcript->last_usec = usec;
	for (const char *at = bytes, *end = bytes + len; at < end;) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		if (!transcript->begun)
			entry_put(entries + count++ * ENTRY_SIZE, start + (uint64_t)(at - bytes),
			    (uint64_t)usec);
		transcript->begun = newline == NULL;
		at = newline ? newline + 1 : end;
		if (count == LINES_AT_ONCE || (at == end && count > 0)) {
			rc |= transcript_put(
			    err, transcript, transcript->index, entries, count * ENTRY_SIZE);
			count = 0;
		}
	}
	return rc;
}

/* The last whole entry that lies within the log. Cuts what is behind it. 1 if there is one. */
static int transcript_last_entry(
    const struct transcript *transcript, uint64_t *offset, uint64_t *usec)
{
	unsigned char entry[ENTRY_SIZE];
	off_t size = lseek(transcript->index, 0, SEEK_END);

	for (size -= size % ENTRY_SIZE; size > 0; size -= ENTRY_SIZE) {
		if (pread(transcript->index, entry, ENTRY_SIZE, size - ENTRY_SIZE) != ENTRY_SIZE)
			return 0;
		entry_get(entry, offset, usec);
		/* (zeros are what a power cut left) */
		if (*offset < transcript->size && (*offset > 0 || size == ENTRY_SIZE))
			break;
	}
	if (size < 0 || ftruncate(transcript->index, size))
		return 0;
	return size > 0;
}

/* Indexes what a killed writer did not, with the time at which the log was last written. */
static int transcript_recover(struct err *err, struct transcript *transcript)
{
	char bytes[16384];
	uint64_t at = 0, usec = 0;
	struct stat st;
	ssize_t n;

	if (fstat(transcript->log, &st))
		return err_errno(err, "%s", transcript->dir);
	transcript->size = (uint64_t)st.st_size;
	/* the last line that is known has begun, and may have ended since */
	transcript->begun = transcript_last_entry(transcript, &at, &usec);
	if (!transcript->begun)
		at = usec = 0;
	transcript->last_usec = (int64_t)usec;
	transcript->unindexed = 0;
	for (; at < transcript->size; at += (uint64_t)n) {
		n = pread(transcript->log, bytes, sizeof(bytes), (off_t)at);
		if (n <= 0)
			return err_errno(err, "%s", transcript->dir);
		if (transcript_index(
			err, transcript, bytes, (size_t)n, at, clock_of(&st.st_mtim) * 1000))
			return -1;
	}
	return 0;
}

int transcript_open(struct err *err, struct transcript *transcript, const char *dir)
{
	struct err full;

	transcript_close(transcript);
	memcpy(transcript->dir, dir, strlen(dir) + 1);
	transcript->log = transcript_open_file(err, dir, ENTRY_LOG);
	transcript->index = transcript->log < 0 ? -1 : transcript_open_file(err, dir, ENTRY_INDEX);
	if (transcript->index < 0) {
		transcript_close(transcript);
		return -1;
	}
	if (transcript_recover(&full, transcript)) /* on a full disk the log goes on unindexed */
		transcript->unindexed = 1;
	return 0;
}

/* The log and its index become the older part. */
static int transcript_rotate(struct err *err, struct transcript *transcript)
{
	static const char *const names[][2] = {
	    {ENTRY_INDEX, ENTRY_INDEX_OLD}, {ENTRY_LOG, ENTRY_LOG_OLD}};
	char dir[FILE_PATH_MAX], from[FILE_PATH_MAX], to[FILE_PATH_MAX];
	int64_t last = transcript->last_usec;

	memcpy(dir, transcript->dir, sizeof(dir));
	for (int i = 0; i < 2; i++) {
		if (file_path(err, dir, names[i][0], from) || file_path(err, dir, names[i][1], to))
			return -1;
		if (rename(from, to))
			return err_errno(err, "%s", from);
	}
	if (transcript_open(err, transcript, dir))
		return -1;
	transcript->last_usec = last;
	return 0;
}

int transcript_write(
    struct err *err, struct transcript *transcript, const char *bytes, size_t len, int64_t usec)
{
	struct err full;
	uint64_t start;

	if (transcript->log < 0)
		return err_set(err, "console: no transcript is open");
	/* a line as long as a part is no line */
	if (transcript->size >= TRANSCRIPT_MAX + (transcript->begun ? TRANSCRIPT_MAX / 16 : 0) &&
	    transcript_rotate(err, transcript))
		return -1;
	if (transcript->unindexed && transcript_recover(&full, transcript))
		transcript->unindexed = 1;
	start = transcript->size;
	if (transcript_put(err, transcript, transcript->log, bytes, len)) {
		struct stat st;
		if (fstat(transcript->log, &st) == 0 && (uint64_t)st.st_size > start) {
			len = (size_t)((uint64_t)st.st_size - start);
			transcript->size += len;
			transcript->unindexed |=
			    transcript_index(&full, transcript, bytes, len, start, usec) != 0;
		}
		return -1;
	}
	transcript->size += len;
	transcript->unindexed |= transcript_index(&full, transcript, bytes, len, start, usec) != 0;
	return 0;
}

int transcript_mark(struct err *err, struct transcript *transcript, const char *text, int64_t usec)
{
	char line[TRANSCRIPT_MARK_MAX + 32];
	int len = snprintf(line, sizeof(line), "%s[lastwords: %.*s]\n",
	    transcript->begun ? "\n" : "", TRANSCRIPT_MARK_MAX, text);

	return transcript_write(err, transcript, line, (size_t)len, usec);
}

int transcript_is_gone(const struct transcript *transcript)
{
	struct stat st;

	return transcript->log >= 0 && (fstat(transcript->log, &st) || st.st_nlink == 0);
}
