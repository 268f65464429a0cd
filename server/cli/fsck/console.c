/* SPDX-License-Identifier: MIT */
/*
 * console: console logs and the indexes of their times; see fsck.h. A log is a console's bytes as
 * they came: it need not end with a newline, and bytes that its index does not have are no damage.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "console/log/entry.h"
#include "fsck.h"

enum { CHUNK = 64 << 10 };

/* The size without the zeros that a power cut left at the end; -1: it cannot be read. */
static int64_t console_whole(int fd, int64_t size)
{
	static char buf[CHUNK];

	while (size > 0) {
		int64_t from = size > CHUNK ? size - CHUNK : 0;
		ssize_t n = pread(fd, buf, (size_t)(size - from), from);

		if (n != size - from)
			return -1;
		while (n > 0 && buf[n - 1] == '\0')
			n--;
		size = from + n;
		if (n > 0)
			break;
	}
	return size;
}

/* How much of the index is right for a log of that size: neither offsets nor times fall. */
static int64_t console_right(int fd, int64_t size, int64_t log)
{
	static unsigned char buf[CHUNK];
	uint64_t offset = 0, usec = 0;

	for (int64_t at = 0; at < size;) {
		ssize_t n = pread(fd, buf, sizeof(buf), at);

		if (n <= 0)
			return at;
		for (ssize_t i = 0; i < n; i += ENTRY_SIZE, at += ENTRY_SIZE) {
			uint64_t next, time;

			if (i + ENTRY_SIZE > n)
				return at;
			entry_get(buf + i, &next, &time);
			if (next < offset || next >= (uint64_t)log || time < usec)
				return at;
			offset = next;
			usec = time;
		}
	}
	return size;
}

static int console_cut(struct err *err, const char *path, int fd, int64_t size)
{
	return ftruncate(fd, size) || fsync(fd) ? err_errno(err, "%s", path) : 0;
}

static int console_open(const struct fsck *fsck, const char *dir, const char *name,
    char path[FILE_PATH_MAX], int64_t *size)
{
	int flags = (fsck->repair ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, fd;
	struct err ignored;
	struct stat st;

	if (file_path(&ignored, dir, name, path) || lstat(path, &st) || !S_ISREG(st.st_mode))
		return -1;
	fd = open(path, flags);
	if (fd >= 0 && fstat(fd, &st) == 0)
		*size = st.st_size;
	return fd;
}

static void console_part(struct fsck *fsck, const char *dir, const char *log, const char *index)
{
	char path[FILE_PATH_MAX];
	int64_t size = 0, log_size = 0, whole;
	int fd;

	fd = console_open(fsck, dir, log, path, &log_size);
	if (fd >= 0) {
		whole = console_whole(fd, log_size);
		if (whole >= 0 && whole < log_size) {
			finding_add(fsck, FINDING_LOG_ZEROS, path, NULL,
			    fsck->repair ? console_cut(&fsck->err, path, fd, whole) : 1);
			log_size = whole;
		}
		close(fd);
	}
	fd = console_open(fsck, dir, index, path, &size);
	if (fd < 0)
		return;
	whole = console_right(fd, size, log_size);
	if (whole < size)
		finding_add(fsck, FINDING_CONSOLE_INDEX, path, NULL,
		    fsck->repair ? console_cut(&fsck->err, path, fd, whole) : 1);
	close(fd);
}

void fsck_console(struct fsck *fsck, const char *dir)
{
	if (fsck->collector)
		return; /* serve runs, and with it the program that writes them */
	console_part(fsck, dir, ENTRY_LOG_OLD, ENTRY_INDEX_OLD);
	console_part(fsck, dir, ENTRY_LOG, ENTRY_INDEX);
}
