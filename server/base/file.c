/* SPDX-License-Identifier: MIT */
/* file: paths, and small files that survive a power cut; see file.h. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int file_path(struct err *err, const char *dir, const char *name, char path[FILE_PATH_MAX])
{
	if (snprintf(path, FILE_PATH_MAX, "%s/%s", dir, name) >= FILE_PATH_MAX)
		return err_set(err, "%.150s/%.150s: path too long", dir, name);
	return 0;
}

int file_sync_dir(struct err *err, const char *dir)
{
	int rc = 0;
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd))
		rc = err_errno(err, "%s", dir);
	if (fd >= 0)
		close(fd);
	return rc;
}

static int file_put(
    struct err *err, const char *dir, const char *name, const char *text, size_t len, int durable)
{
	char temp[FILE_PATH_MAX], path[FILE_PATH_MAX];
	size_t done = 0;
	int fd;

	if (snprintf(temp, sizeof(temp), "%s/.%s.%ld", dir, name, (long)getpid()) >=
		(int)sizeof(temp) ||
	    file_path(err, dir, name, path))
		return err_set(err, "%.150s/%.150s: path too long", dir, name);
	fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (fd < 0)
		return err_errno(err, "%s", temp);
	while (done < len) {
		ssize_t n = write(fd, text + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			goto fail;
		done += (size_t)n;
	}
	if ((durable && fsync(fd)) || rename(temp, path))
		goto fail;
	close(fd);
	return durable ? file_sync_dir(err, dir) : 0;
fail:
	err_errno(err, "%s", path);
	close(fd);
	unlink(temp);
	return -1;
}

int file_write(struct err *err, const char *dir, const char *name, const char *text, size_t len)
{
	return file_put(err, dir, name, text, len, 1);
}

int file_replace(struct err *err, const char *dir, const char *name, const char *text, size_t len)
{
	return file_put(err, dir, name, text, len, 0);
}

int file_publish(struct err *err, const char *dir, const char *temp, const char *name)
{
	char from[FILE_PATH_MAX], to[FILE_PATH_MAX];

	if (file_path(err, dir, temp, from) || file_path(err, dir, name, to))
		return -1;
	if (link(from, to)) {
		if (errno == EEXIST)
			return 1;
		return err_errno(err, "%s", to);
	}
	if (unlink(from))
		return err_errno(err, "%s", from);
	return file_sync_dir(err, dir);
}

int file_list(struct err *err, const char *dir, int (*filter)(const struct dirent *entry),
    struct dirent ***entries)
{
	int count = scandir(dir, entries, filter, alphasort);

	if (count >= 0)
		return count;
	*entries = NULL;
	return errno == ENOENT ? 0 : err_errno(err, "%s", dir);
}

void file_list_free(struct dirent **entries, int count)
{
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
}
