/* SPDX-License-Identifier: MIT */
/* tar: sessions into a tar; see tar.h. It must not change what it reads. */
#include "tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "session_json.h"
#include "store/layout.h"

enum { EXPORT_CHUNK = 64 << 10 };

struct export_tar {
	struct archive *archive;
};

static int tar_error(struct err *err, struct export_tar *tar)
{
	const char *what = archive_error_string(tar->archive);
	int code = archive_errno(tar->archive);

	return err_set(err, "cannot write the tar: %s%s%s", what ? what : "unknown error",
	    code > 0 ? ": " : "", code > 0 ? strerror(code) : "");
}

struct export_tar *export_tar_open(struct err *err, int fd)
{
	struct export_tar *tar = calloc(1, sizeof(*tar));

	if (tar)
		tar->archive = archive_write_new();
	if (!tar || !tar->archive) {
		free(tar);
		err_set(err, "out of memory");
		return NULL;
	}
	/* 0: the same length for a file as for a pipe */
	if (archive_write_set_format_pax_restricted(tar->archive) != ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(tar->archive, 0) != ARCHIVE_OK ||
	    archive_write_open_fd(tar->archive, fd) != ARCHIVE_OK) {
		tar_error(err, tar);
		archive_write_free(tar->archive);
		free(tar);
		return NULL;
	}
	return tar;
}

static int tar_head(struct err *err, struct export_tar *tar, const struct session *session,
    const char *name, int64_t size)
{
	struct archive_entry *entry = archive_entry_new();
	char path[FILE_PATH_MAX];
	int rc;

	if (!entry)
		return err_set(err, "out of memory");
	snprintf(path, sizeof(path), "%s/%s", session->id, name);
	archive_entry_set_pathname(entry, path);
	archive_entry_set_size(entry, size);
	archive_entry_set_filetype(entry, name[0] ? AE_IFREG : AE_IFDIR);
	archive_entry_set_perm(entry, name[0] ? 0644 : 0755);
	archive_entry_set_mtime(entry, (time_t)(session->time_ms / 1000), 0);
	rc = archive_write_header(tar->archive, entry) == ARCHIVE_OK ? 0 : tar_error(err, tar);
	archive_entry_free(entry);
	return rc;
}

/* Exactly the size in its header: a log that grows meanwhile is cut, one that shrinks is padded. */
static int tar_body(struct err *err, struct export_tar *tar, int fd, int64_t size)
{
	static char buf[EXPORT_CHUNK];

	while (size > 0) {
		size_t want = size < EXPORT_CHUNK ? (size_t)size : EXPORT_CHUNK;
		ssize_t n = read(fd, buf, want);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, "cannot read");
		if (n == 0) {
			memset(buf, 0, want);
			n = (ssize_t)want;
		}
		if (archive_write_data(tar->archive, buf, (size_t)n) != n)
			return tar_error(err, tar);
		size -= n;
	}
	return 0;
}

static int tar_file(struct err *err, struct export_tar *tar, const struct session *session,
    const char *dir, const char *name)
{
	char path[FILE_PATH_MAX];
	struct stat st;
	int fd, rc;

	if (file_path(err, dir, name, path))
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT || errno == ELOOP ? 0 : err_errno(err, "%s", path);
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		return 0;
	}
	rc = tar_head(err, tar, session, name, st.st_size);
	if (rc == 0 && tar_body(err, tar, fd, st.st_size))
		rc = err_prefix(err, "%s", path);
	close(fd);
	return rc;
}

/* A file that exists only in the tar. */
static int tar_made(struct err *err, struct export_tar *tar, const struct session *session,
    const char *name, const char *text, size_t len)
{
	if (tar_head(err, tar, session, name, (int64_t)len))
		return -1;
	return archive_write_data(tar->archive, text, len) == (la_ssize_t)len ? 0
									      : tar_error(err, tar);
}

/* session.json, or events.log unless there are no events. */
static int tar_known(struct err *err, struct export_tar *tar, const struct session *session,
    const char *state, struct db *db, const struct db_session *known, int json)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int rc;

	if (!out)
		return err_set(err, "out of memory");
	rc = json ? session_json_write(err, out, state, db, known->id)
		  : session_events_write(err, out, state, db, known->id);
	if (fclose(out) && rc == 0)
		rc = err_set(err, "out of memory");
	if (rc == 0 && !json && len == 0) {
		free(text);
		return 0;
	}
	if (rc == 0)
		rc = tar_made(err, tar, session, json ? "session.json" : "events.log", text, len);
	free(text);
	return rc;
}

static int tar_seen(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int export_tar_session(struct err *err, struct export_tar *tar, const char *state, struct db *db,
    const struct db_session *known)
{
	struct dirent **names = NULL;
	struct session session;
	char dir[FILE_PATH_MAX];
	int n, rc;

	if (session_parse(err, known->id, strlen(known->id), &session) ||
	    layout_session_dir(err, state, &session, LAYOUT_LOOK, dir))
		return -1;
	n = scandir(dir, &names, tar_seen, alphasort);
	if (n < 0 && (errno != ENOENT || !db))
		return err_errno(err, "%s", dir);
	rc = tar_head(err, tar, &session, "", 0) ||
		     tar_known(err, tar, &session, state, db, known, 1) ||
		     tar_known(err, tar, &session, state, db, known, 0)
		 ? -1
		 : 0;
	for (int i = 0; i < n; i++) {
		if (rc == 0)
			rc = tar_file(err, tar, &session, dir, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return rc;
}

int export_tar_close(struct err *err, struct export_tar *tar)
{
	int rc = 0;

	if (!tar)
		return 0;
	if (archive_write_close(tar->archive) != ARCHIVE_OK)
		rc = tar_error(err, tar);
	archive_write_free(tar->archive);
	free(tar);
	return rc;
}
