/* SPDX-License-Identifier: MIT */
/* secret: random bytes that are made once; see secret.h. */
#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "file.h"
#include "hex.h"

/* Writes bytes to a new file PATH.PID, whose name is set. 0/-1. */
static int secret_temp(
    struct err *err, const char *path, const uint8_t *bytes, size_t size, char temp[FILE_PATH_MAX])
{
	char text[2 * SECRET_MAX + 2];
	ssize_t len = (ssize_t)(2 * size + 1);
	int fd;

	hex_text(bytes, size, text);
	memcpy(text + 2 * size, "\n", 2);
	if (snprintf(temp, FILE_PATH_MAX, "%s.%ld", path, (long)getpid()) >= FILE_PATH_MAX)
		return err_set(err, "%s: path too long", path);
	/* (what has our number already was left by a process that was killed) */
	unlink(temp);
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_errno(err, "%s", temp);
	if (write(fd, text, (size_t)len) != len || fsync(fd)) {
		err_errno(err, "%s", temp);
		close(fd);
		unlink(temp);
		return -1;
	}
	close(fd);
	return 0;
}

static int secret_make(struct err *err, const char *path, size_t size)
{
	uint8_t bytes[SECRET_MAX];
	char temp[FILE_PATH_MAX];

	if (getrandom(bytes, size, 0) != (ssize_t)size)
		return err_errno(err, "getrandom");
	if (secret_temp(err, path, bytes, size, temp))
		return -1;
	/* link, not rename: the first stays. */
	if (link(temp, path) && errno != EEXIST) {
		err_errno(err, "%s", path);
		unlink(temp);
		return -1;
	}
	unlink(temp);
	/* What others were told of it must survive a power cut. */
	return file_sync_dir(err, dirname(temp));
}

int secret_write(struct err *err, const char *path, const uint8_t *bytes, size_t size)
{
	char temp[FILE_PATH_MAX];

	if (secret_temp(err, path, bytes, size, temp))
		return -1;
	if (rename(temp, path)) {
		err_errno(err, "%s", path);
		unlink(temp);
		return -1;
	}
	return file_sync_dir(err, dirname(temp));
}

static int secret_read(int fd, uint8_t *bytes, size_t size)
{
	char text[2 * SECRET_MAX];

	if (read(fd, text, 2 * size) != (ssize_t)(2 * size))
		return -1;
	for (size_t i = 0; i < size; i++) {
		int byte = hex_byte(text + 2 * i);

		if (byte < 0)
			return -1;
		bytes[i] = (uint8_t)byte;
	}
	return 0;
}

int secret_load(struct err *err, const char *path, int create, uint8_t *bytes, size_t size)
{
	int rc, fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 && errno == ENOENT && create) {
		if (secret_make(err, path, size))
			return -1;
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	}
	if (fd < 0)
		return err_errno(err, "%s", path);
	rc = secret_read(fd, bytes, size);
	close(fd);
	if (rc) {
		err_set(err, "%s: needs %zu hex digits", path, 2 * size);
		errno = EINVAL;
	}
	return rc;
}
