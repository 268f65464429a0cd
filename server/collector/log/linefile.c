/* SPDX-License-Identifier: MIT */
/* linefile: files of whole lines, one descriptor at a time; see linefile.h. */
#include "linefile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int linefile_open(struct err *err, const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0640);

	if (fd < 0)
		err_errno(err, "%s", path);
	return fd;
}

/* 0, or -1 with errno also where less than all could be written. */
static int linefile_write(int fd, const char *text, size_t len)
{
	ssize_t n = write(fd, text, len);

	if (n >= 0 && (size_t)n < len)
		errno = ENOSPC;
	return n == (ssize_t)len ? 0 : -1;
}

static int linefile_is_torn(int fd, int64_t size)
{
	char last;

	return size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

int linefile_append(struct err *err, const char *path, const char *text, size_t len, int64_t *size)
{
	int fd = linefile_open(err, path, O_RDWR | O_APPEND | O_CREAT), saved, torn;
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st)) {
		err_errno(err, "%s", path);
		close(fd);
		return -1;
	}
	torn = st.st_size != *size && linefile_is_torn(fd, st.st_size);
	if ((torn && linefile_write(fd, "\n", 1)) || linefile_write(fd, text, len)) {
		err_errno(err, "%s", path);
		saved = errno;
		if (ftruncate(fd, st.st_size))
			*size = -1; /* to be looked at the next time */
		close(fd);
		errno = saved;
		return -1;
	}
	close(fd);
	*size = st.st_size + torn + (int64_t)len;
	return 0;
}

int linefile_read(struct err *err, const char *path, int64_t offset,
    void (*got)(void *arg, const char *text, size_t len), void *arg)
{
	int64_t size = linefile_size(path);
	size_t len = size > offset ? (size_t)(size - offset) : 0, have = 0;
	int fd = linefile_open(err, path, O_RDONLY);
	char *text, *at;

	if (fd < 0)
		return -1;
	text = malloc(len + 1);
	if (!text) {
		close(fd);
		return err_set(err, "out of memory");
	}
	while (have < len) {
		ssize_t n = pread(fd, text + have, len - have, offset + (int64_t)have);

		if (n <= 0)
			break;
		have += (size_t)n;
	}
	close(fd);
	at = text;
	for (char *stop; (stop = memchr(at, '\n', have - (size_t)(at - text))) != NULL;
	     at = stop + 1)
		got(arg, at, (size_t)(stop - at));
	free(text);
	return have == len ? 0 : err_set(err, "%s: cannot be read", path);
}

int64_t linefile_size(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISREG(st.st_mode) ? st.st_size : 0;
}

int64_t linefile_whole_size(const char *path)
{
	int64_t size = linefile_size(path);

	return size > 0 && !linefile_has(path, size - 1, "\n", 1) ? -1 : size;
}

int linefile_has(const char *path, int64_t offset, const char *text, size_t len)
{
	struct err ignored;
	int fd = linefile_open(&ignored, path, O_RDONLY), same = 1;
	char buf[4096];

	for (size_t at = 0; at < len && same; at += sizeof(buf)) {
		size_t n = len - at < sizeof(buf) ? len - at : sizeof(buf);

		same = pread(fd, buf, n, offset + (int64_t)at) == (ssize_t)n &&
		       memcmp(buf, text + at, n) == 0;
	}
	if (fd >= 0)
		close(fd);
	return same;
}

int linefile_cut(struct err *err, const char *path, int64_t size)
{
	return truncate(path, size) ? err_errno(err, "%s", path) : 0;
}

int linefile_overwrite(struct err *err, const char *path, const char *text, size_t len)
{
	int fd = linefile_open(err, path, O_WRONLY | O_CREAT), rc;

	if (fd < 0)
		return -1;
	rc = linefile_write(fd, text, len);
	if (rc)
		err_errno(err, "%s", path);
	close(fd);
	return rc;
}
