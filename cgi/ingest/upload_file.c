/* SPDX-License-Identifier: MIT */
/* upload_file: dmesg.txt of a session, whole or not at all; see upload_file.h. */
#include "upload_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"

int upload_file_open(
    struct err *err, struct upload_file *file, const char *state, const struct session *session)
{
	static unsigned int count;
	char path[FILE_PATH_MAX];

	if (layout_session_dir(err, state, session, LAYOUT_DURABLE, file->dir))
		return -1;
	snprintf(file->temp, sizeof(file->temp), ".upload-%ld-%u", (long)getpid(), count++);
	if (file_path(err, file->dir, file->temp, path)) {
		file->temp[0] = '\0';
		errno = ENAMETOOLONG;
		return -1;
	}
	/* Another process of this number may have been killed in the middle: its file is cut. */
	file->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (file->fd < 0) {
		file->temp[0] = '\0';
		return err_errno(err, "%s", path);
	}
	sha256_init(&file->hash);
	return 0;
}

int upload_file_write(struct err *err, struct upload_file *file, const void *bytes, size_t len)
{
	const char *from = bytes;

	sha256_update(&file->hash, len, bytes);
	file->bytes += len;
	while (len > 0) {
		ssize_t n = write(file->fd, from, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_errno(err, "%s/%s", file->dir, file->temp);
		from += n;
		len -= (size_t)n;
	}
	return 0;
}

int upload_file_finish(struct err *err, struct upload_file *file)
{
	digest_text(&file->hash, file->sha256);
	if (fsync(file->fd))
		return err_errno(err, "%s/%s", file->dir, file->temp);
	return 0;
}

/* 1 if the stored file has these very bytes, 0 if others, -1 if it is missing. */
static int upload_same(const struct upload_file *file, const char *name)
{
	char path[FILE_PATH_MAX], sha256[DIGEST_TEXT];
	struct stat st;
	struct err err;
	int fd, same;

	if (file_path(&err, file->dir, name, path))
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT ? -1 : 0;
	same = fstat(fd, &st) == 0 && (uint64_t)st.st_size == file->bytes &&
	       digest_fd(&err, fd, sha256, NULL) == 0 && strcmp(sha256, file->sha256) == 0;
	close(fd);
	return same;
}

/* With the directory locked. */
static int upload_place(struct err *err, struct upload_file *file, const struct record_kind *kind,
    const char *meta, size_t len)
{
	char meta_name[RECORD_NAME_MAX], path[FILE_PATH_MAX];

	for (int number = kind->first; number < kind->first + kind->places; number++) {
		int rc;

		record_upload_name(number, "txt", file->name);
		record_upload_name(number, "meta", meta_name);
		if (file_path(err, file->dir, meta_name, path))
			return -1;
		rc = upload_same(file, file->name);
		/* The first try may have died between its link and the disk, or lost its metadata. */
		if (rc == 1 && access(path, F_OK) &&
		    file_write(err, file->dir, meta_name, meta, len))
			return -1;
		if (rc == 1)
			return file_sync_dir(err, file->dir) ? -1 : UPLOAD_SAME;
		if (rc == 0)
			continue;
		if (file_write(err, file->dir, meta_name, meta, len))
			return -1;
		rc = file_publish(err, file->dir, file->temp, file->name);
		if (rc == 0) {
			file->temp[0] = '\0';
			close(file->fd);
			return UPLOAD_NEW;
		}
		if (rc < 0) {
			int saved = errno;

			/* Once the dump has its name its metadata stays, whatever failed then. */
			if (upload_same(file, file->name) < 0)
				unlink(path);
			errno = saved;
			return -1;
		}
	}
	return UPLOAD_FULL;
}

int upload_file_publish(struct err *err, struct upload_file *file, const struct record_kind *kind,
    const char *meta, size_t len)
{
	int saved, rc;
	int lock = open(file->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (lock < 0)
		return err_errno(err, "%s", file->dir);
	/* Two uploads at once must not write each other's metadata. */
	while (flock(lock, LOCK_EX))
		if (errno != EINTR) {
			err_errno(err, "cannot lock %s", file->dir);
			saved = errno;
			close(lock);
			errno = saved;
			return -1;
		}
	rc = upload_place(err, file, kind, meta, len);
	saved = errno;
	close(lock);
	errno = saved;
	return rc;
}

void upload_file_close(struct upload_file *file)
{
	char path[FILE_PATH_MAX];
	struct err err;

	if (!file->temp[0])
		return;
	close(file->fd);
	if (file_path(&err, file->dir, file->temp, path) == 0)
		unlink(path);
	file->temp[0] = '\0';
}
