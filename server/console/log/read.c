/* SPDX-License-Identifier: MIT */
/* read: reads a transcript, also while it is written; see transcript.h. It must not trust the index. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "entry.h"
#include "transcript.h"

static int read_open_file(const char *dir, const char *name, uint64_t *size)
{
	char path[FILE_PATH_MAX];
	struct err ignored;
	struct stat st;
	int fd;

	*size = 0;
	if (file_path(&ignored, dir, name, path))
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		return -1;
	}
	*size = (uint64_t)st.st_size;
	return fd;
}

int transcript_read_open(struct err *err, struct transcript_reader *reader, const char *dir)
{
	static const char *const log[2] = {ENTRY_LOG_OLD, ENTRY_LOG};
	static const char *const index[2] = {ENTRY_INDEX_OLD, ENTRY_INDEX};

	for (int i = 0; i < 2; i++) {
		reader->index[i] = read_open_file(dir, index[i], &reader->lines[i]);
		reader->log[i] = read_open_file(dir, log[i], &reader->part[i]);
		reader->lines[i] = reader->log[i] < 0 ? 0 : reader->lines[i] / ENTRY_SIZE;
	}
	if (reader->log[0] < 0 && reader->log[1] < 0)
		return err_set(err, "%s: the console has printed nothing yet", dir);
	return 0;
}

void transcript_read_close(struct transcript_reader *reader)
{
	for (int i = 0; i < 2; i++) {
		if (reader->log[i] >= 0)
			close(reader->log[i]);
		if (reader->index[i] >= 0)
			close(reader->index[i]);
	}
}

uint64_t transcript_size(const struct transcript_reader *reader)
{
	return reader->part[0] + reader->part[1];
}

/* Entry number `line` of both parts: where the line begins in the whole, and when. 0/-1. */
static int read_entry(
    const struct transcript_reader *reader, uint64_t line, uint64_t *offset, uint64_t *usec)
{
	int newer = line >= reader->lines[0];
	uint64_t number = newer ? line - reader->lines[0] : line;
	unsigned char entry[ENTRY_SIZE];

	if (pread(reader->index[newer], entry, ENTRY_SIZE, (off_t)(number * ENTRY_SIZE)) !=
	    ENTRY_SIZE)
		return -1;
	entry_get(entry, offset, usec);
	if (*offset > reader->part[newer])
		*offset = reader->part[newer];
	if (newer)
		*offset += reader->part[0];
	return 0;
}

/* The first line whose offset (by_time: time) is at least wanted; the number of lines if no line is. */
static uint64_t read_search(const struct transcript_reader *reader, uint64_t wanted, int by_time)
{
	uint64_t low = 0, high = reader->lines[0] + reader->lines[1], offset, usec;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (read_entry(reader, middle, &offset, &usec))
			return low;
		if ((by_time ? usec : offset) < wanted)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint64_t transcript_find(const struct transcript_reader *reader, int64_t usec)
{
	uint64_t line = usec <= 0 ? 0 : read_search(reader, (uint64_t)usec, 1), offset, when;

	if (usec <= 0)
		return 0;
	return line == reader->lines[0] + reader->lines[1] ||
		       read_entry(reader, line, &offset, &when)
		   ? transcript_size(reader)
		   : offset;
}

uint64_t transcript_last(const struct transcript_reader *reader, uint64_t count, uint64_t limit)
{
	uint64_t lines = reader->lines[0] + reader->lines[1], size = transcript_size(reader);
	uint64_t offset = 0, usec, least = size > limit ? size - limit : 0;

	if (count == 0)
		return size;
	if (count < lines && read_entry(reader, lines - count, &offset, &usec))
		offset = 0;
	return offset > least ? offset : least;
}

int64_t transcript_time(const struct transcript_reader *reader, uint64_t offset)
{
	uint64_t line = read_search(reader, offset + 1, 0), start, usec;

	return line == 0 || read_entry(reader, line - 1, &start, &usec) ? 0 : (int64_t)usec;
}

ssize_t transcript_read(
    const struct transcript_reader *reader, uint64_t offset, char *bytes, size_t len)
{
	int newer = offset >= reader->part[0];
	ssize_t n;

	if (newer)
		offset -= reader->part[0];
	else if (len > reader->part[0] - offset)
		len = (size_t)(reader->part[0] - offset);
	if (reader->log[newer] < 0)
		return 0;
	do
		n = pread(reader->log[newer], bytes, len, (off_t)offset);
	while (n < 0 && errno == EINTR);
	return n;
}
