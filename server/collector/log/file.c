/* SPDX-License-Identifier: MIT */
/* file: a log's file: its path, its descriptor (one of a limited number), its rotation, and
 * the writing of what waits; see logfile.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "parts.h"

static int logfile_dir(struct logfiles *logs, const struct logfile *log, int create,
    struct err *err, char dir[FILE_PATH_MAX])
{
	struct session session;

	if (!log->session[0])
		return file_path(err, logs->state, "streams", dir);
	if (session_parse(err, log->session, strlen(log->session), &session))
		return -1;
	return layout_session_dir(
	    err, logs->state, &session, create ? LAYOUT_LAZY : LAYOUT_LOOK, dir);
}

/* The path of NAME with suffix (".log"). */
int logfile_path(struct logfiles *logs, const struct logfile *log, const char *suffix, int create,
    struct err *err, char path[FILE_PATH_MAX])
{
	char dir[FILE_PATH_MAX], name[LOGFILE_NAME_MAX + 16];

	if (logfile_dir(logs, log, create, err, dir))
		return -1;
	snprintf(name, sizeof(name), "%s%s", log->name, suffix);
	return file_path(err, dir, name, path);
}

static void logfile_close_meta(struct logfiles *logs, struct logfile *log)
{
	if (log->meta_fd < 0)
		return;
	close(log->meta_fd);
	log->meta_fd = -1;
	logs->fds--;
	logs->meta_fds--;
}

void logfile_close(struct logfiles *logs, struct logfile *log)
{
	if (log->fd < 0)
		return;
	close(log->fd);
	log->fd = -1;
	logfile_close_meta(logs, log);
	log->fd_prev->fd_next = log->fd_next;
	log->fd_next->fd_prev = log->fd_prev;
	logs->fds--;
}

/* One descriptor less: a meta before a log, because a log takes twice as much to open; of those longest
 * not written first. */
static void logfile_close_one(struct logfiles *logs)
{
	struct logfile *log = logs->fd_list.fd_prev;

	while (logs->meta_fds && log != &logs->fd_list && log->meta_fd < 0)
		log = log->fd_prev;
	if (log == &logs->fd_list || log->meta_fd < 0)
		logfile_close(logs, logs->fd_list.fd_prev);
	else
		logfile_close_meta(logs, log);
}

int logfile_open(struct logfiles *logs, struct logfile *log, int create, struct err *err)
{
	char path[FILE_PATH_MAX];
	struct stat st;
	char last;
	int fd;

	if (log->fd >= 0) {
		/* most recently used goes to the front */
		log->fd_prev->fd_next = log->fd_next;
		log->fd_next->fd_prev = log->fd_prev;
	} else {
		if (logfile_path(logs, log, ".log", 0, err, path))
			return -1;
		fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | (create ? O_CREAT : 0),
		    0640);
		if (fd < 0 && errno == ENOENT && create) {
			if (log->session[0] ? logfile_path(logs, log, ".log", 1, err, path)
					    : layout_make(err, logs->state))
				return -1;
			fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_CREAT, 0640);
		}
		if (fd < 0)
			return err_errno(err, "%s", path);
		if (fstat(fd, &st)) {
			err_errno(err, "%s", path);
			close(fd);
			return -1;
		}
		log->size = st.st_size;
		log->inode = st.st_ino;
		log->torn =
		    st.st_size > 0 && pread(fd, &last, 1, st.st_size - 1) == 1 && last != '\n';
		log->fd = fd;
		if (++logs->fds > logs->fds_max)
			logfile_close_one(logs);
	}
	log->fd_next = logs->fd_list.fd_next;
	log->fd_prev = &logs->fd_list;
	log->fd_next->fd_prev = log;
	log->fd_prev->fd_next = log;
	return 0;
}

static void logfile_rotate(struct logfiles *logs, struct logfile *log)
{
	char from[FILE_PATH_MAX], to[FILE_PATH_MAX];
	struct err ignored;

	if (logfile_path(logs, log, ".log", 0, &ignored, from) ||
	    logfile_path(logs, log, ".log.1", 0, &ignored, to))
		return;
	logfile_close(logs, log);
	if (rename(from, to) == 0)
		log->size = 0;
}

static int logfile_write(struct logfiles *logs, struct logfile *log, struct err *err)
{
	int64_t max = log->session[0] ? LOGFILE_SESSION_MAX : LOGFILE_APART_MAX;
	char mark[96];
	int n = 0;

	if (log->pending_len == 0)
		return 0;
	if (logs->full)
		return err_set(err, "%s of %s is not written: less than half of disk_floor is free",
		    log->name, log->session[0] ? log->session : "no session");
	if (logfile_open(logs, log, 1, err))
		return -1;
	/* Not while the spool says where the lines are in this file. */
	if (log->size > 0 && log->size + (int64_t)log->pending_len > max && !log->spooled) {
		logfile_rotate(logs, log);
		if (logfile_open(logs, log, 1, err))
			return -1;
	}
	if (log->torn || log->unwritten) {
		n = snprintf(mark, sizeof(mark), "%s", log->torn ? "\n" : "");
		if (log->unwritten)
			n += snprintf(mark + n, sizeof(mark) - (size_t)n,
			    "[lastwords: %llu lines not kept]\n",
			    (unsigned long long)log->unwritten);
		if (write(log->fd, mark, (size_t)n) != n)
			goto fail;
		log->size += n;
		log->torn = 0;
		log->unwritten = 0;
	}
	if (write(log->fd, log->pending, log->pending_len) != (ssize_t)log->pending_len)
		goto fail;
	log->size += (int64_t)log->pending_len;
	logs->pending -= log->pending_len;
	log->pending_len = log->spooled = 0;
	free(log->pending);
	log->pending = NULL;
	log->pending_size = 0;
	return 0;
fail:
	if (errno == 0)
		errno = ENOSPC;
	err_errno(err, "%s of %s", log->name, log->session[0] ? log->session : "no session");
	/* Whole lines only: what went in is taken out again. */
	if (ftruncate(log->fd, log->size))
		log->torn = 1;
	logfile_close(logs, log);
	return -1;
}

void logfile_flush(struct logfiles *logs, struct logfile *log, int64_t now)
{
	struct err err;

	if (!log->dirty)
		return;
	errno = 0;
	if (logfile_write(logs, log, &err) || logfile_write_meta(logs, log, &err)) {
		logs->write_errors++;
		logs->last_error = err;
		log->retry_at = now + LOGFILE_RETRY_MS;
		return;
	}
	log->retry_at = 0;
	logfile_mark_clean(logs, log);
}
