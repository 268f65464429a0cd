/* SPDX-License-Identifier: MIT */
/* linefile: files of whole lines; see linefile.h. */
#include "linefile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
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

void linefiles_raise_limit(void)
{
	struct rlimit old, more = {LINEFILE_LIMIT, LINEFILE_LIMIT};

	if (getrlimit(RLIMIT_NOFILE, &old) || old.rlim_cur >= LINEFILE_LIMIT)
		return;
	if (old.rlim_max < LINEFILE_LIMIT && setrlimit(RLIMIT_NOFILE, &more) == 0)
		return;
	old.rlim_cur = old.rlim_max < LINEFILE_LIMIT ? old.rlim_max : LINEFILE_LIMIT;
	setrlimit(RLIMIT_NOFILE, &old);
}

void linefiles_init(struct linefiles *files)
{
	struct rlimit limit;
	size_t all = 256;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		all = limit.rlim_cur < LINEFILE_LIMIT ? (size_t)limit.rlim_cur : LINEFILE_LIMIT;
	files->max = all - (all / 4 < LINEFILE_SPARE ? all / 4 : LINEFILE_SPARE);
	files->count = 0;
}

void linefile_init(struct linefile *file, const char *path)
{
	*file = (struct linefile){.path = path, .size = -1};
}

void linefile_close(struct linefiles *files, struct linefile *file)
{
	struct linefile *last;

	if (!file->is_open)
		return;
	close(file->fd);
	file->is_open = 0;
	last = files->open[--files->count];
	files->open[file->at] = last;
	last->at = file->at;
}

static void linefile_keep(struct linefiles *files, struct linefile *file, int fd)
{
	file->is_open = 1;
	file->fd = fd;
	file->at = files->count;
	files->open[files->count++] = file;
}

/* Opens the file if it is not open. One at random makes room: if the oldest did, and all were written in
 * turn, each would be closed just before its next write. */
static int linefile_use(struct err *err, struct linefiles *files, struct linefile *file)
{
	int fd;

	if (file->is_open)
		return 0;
	files->random = files->random * 1664525 + 1013904223;
	if (files->count >= files->max)
		linefile_close(files, files->open[(files->random >> 8) % files->count]);
	fd = linefile_open(err, file->path, O_RDWR | O_APPEND | O_CREAT);
	if (fd < 0)
		return -1;
	linefile_keep(files, file, fd);
	return 0;
}

int linefile_append(
    struct err *err, struct linefiles *files, struct linefile *file, const char *text, size_t len)
{
	int was_open = file->is_open, torn = 0, saved;
	struct stat st;

	if (linefile_use(err, files, file))
		return -1;
	if (!was_open) {
		if (fstat(file->fd, &st))
			goto fail;
		torn = st.st_size != file->size && linefile_is_torn(file->fd, st.st_size);
		file->size = st.st_size;
	}
	if ((!torn || linefile_write(file->fd, "\n", 1) == 0) &&
	    linefile_write(file->fd, text, len) == 0) {
		file->size += torn + (int64_t)len;
		return 0;
	}
fail:
	saved = errno;
	err_errno(err, "%s", file->path);
	if (file->size >= 0 && ftruncate(file->fd, file->size))
		file->size = -1; /* to be looked at the next time */
	linefile_close(files, file);
	errno = saved;
	return -1;
}

int linefile_overwrite(
    struct err *err, struct linefiles *files, struct linefile *file, const char *text, size_t len)
{
	int fd = file->is_open ? file->fd : linefile_open(err, file->path, O_WRONLY | O_CREAT),
	    rc = 0;

	if (fd < 0)
		return -1;
	if (!file->is_open && files->count < files->max)
		linefile_keep(files, file, fd);
	if (pwrite(fd, text, len, 0) != (ssize_t)len)
		rc = err_errno(err, "%s", file->path);
	if (!file->is_open)
		close(fd);
	else if (rc)
		linefile_close(files, file);
	return rc;
}

int linefile_read(struct err *err, const char *path, int64_t offset,
    void (*got)(void *arg, const char *text, size_t len), void *arg)
{
	int64_t size = linefile_size(path);
	size_t len = size > offset ? (size_t)(size - offset) : 0, have = 0;
	int fd = linefile_open(err, path, O_RDONLY | O_NONBLOCK);
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
	int fd = linefile_open(&ignored, path, O_RDONLY | O_NONBLOCK), same = 1;
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
