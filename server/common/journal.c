/* SPDX-License-Identifier: MIT */
/* journal: every event of every session; see journal.h. */
#include "journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "state.h"

void journal_begin(struct kv_out *out, char *buf, size_t size, int64_t time_ms, const char *event,
    const char *session)
{
	char when[25];

	clock_format(time_ms, when);
	kv_out_init(out, buf, size);
	kv_out_raw(out, when);
	kv_out_raw(out, " ");
	kv_out_raw(out, event);
	kv_out_raw(out, " ");
	kv_out_raw(out, session ? session : "-");
}

static void journal_ring(const char *state)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd;

	if (snprintf(to.sun_path, sizeof(to.sun_path), "%s/run/collector.sock", state) >=
	    (int)sizeof(to.sun_path))
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	/* A full queue is a bell that already rings; no collector, and it will read the file later. */
	(void)sendto(fd, "", 0, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&to, sizeof(to));
	close(fd);
}

/*
 * 1 if the file is not empty and its last byte is not a newline, for longer than another writer may
 * need: a write that crosses a page shows its first part for a moment.
 */
static int journal_torn(int fd)
{
	struct stat st;
	char last;

	for (int look = 0; look < 5; look++) {
		if (fstat(fd, &st) || st.st_size == 0 || pread(fd, &last, 1, st.st_size - 1) != 1 ||
		    last == '\n')
			return 0;
		usleep(500);
	}
	return 1;
}

static int journal_is_name(const struct dirent *entry)
{
	const char *name = entry->d_name;

	return strlen(name) == 11 && strspn(name, "0123456789") == 4 && name[4] == '-' &&
	       strspn(name + 5, "0123456789") == 2 && strcmp(name + 7, ".log") == 0;
}

/*
 * The file to append to: this month's, or a newer one that is there already (a clock that was set
 * back, a writer that slept over the turn of the month): readers only go forward.
 */
static int journal_file(struct err *err, const char *state, char path[STATE_PATH_MAX])
{
	char dir[STATE_PATH_MAX], name[12], now[25];
	struct dirent *entry;
	DIR *journal;

	clock_format(clock_now(), now);
	snprintf(name, sizeof(name), "%.7s.log", now);
	if (state_path(err, state, "journal", dir))
		return -1;
	journal = opendir(dir);
	while (journal && (entry = readdir(journal)) != NULL)
		if (journal_is_name(entry) && strcmp(entry->d_name, name) > 0)
			memcpy(name, entry->d_name, sizeof(name));
	if (journal)
		closedir(journal);
	return state_path(err, dir, name, path);
}

/* Opens the file to append to; *torn: a newline is missing at its end. fd, or -1. */
static int journal_open(struct err *err, const char *state, char path[STATE_PATH_MAX], int *torn)
{
	int fd;

	if (journal_file(err, state, path))
		return -1;
	fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
	if (fd < 0 && errno == ENOENT) {
		if (state_make(err, state))
			return -1;
		fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
	}
	if (fd < 0)
		return err_errno(err, "%s", path);
	*torn = journal_torn(fd);
	return fd;
}

static int journal_write(struct err *err, const char *state, struct kv_out *out, int durable)
{
	char path[STATE_PATH_MAX], line[JOURNAL_LINE_MAX + 1];
	int fd, torn;
	size_t len;
	ssize_t n;

	if (out->overflow || out->len > JOURNAL_LINE_MAX - 2 || out->len < 8)
		return err_set(err, "journal line too long");
	fd = journal_open(err, state, path, &torn);
	if (fd < 0)
		return -1;
	len = (size_t)snprintf(line, sizeof(line), "%s%s\n", torn ? "\n" : "", out->buf);
	n = write(fd, line, len);
	if (n != (ssize_t)len) {
		if (n >= 0)
			errno = ENOSPC;
		err_errno(err, "%s", path);
		close(fd);
		return -1;
	}
	if (durable && fdatasync(fd)) {
		err_errno(err, "%s", path);
		close(fd);
		return -1;
	}
	close(fd);
	journal_ring(state);
	return 0;
}

int journal_append_lines(
    struct err *err, const char *state, const char *text, size_t len, size_t *done)
{
	char path[STATE_PATH_MAX];
	int fd, torn, rc = 0;
	ssize_t n;

	*done = 0;
	fd = journal_open(err, state, path, &torn);
	if (fd < 0)
		return -1;
	errno = ENOSPC;
	if (torn && write(fd, "\n", 1) != 1) {
		rc = err_errno(err, "%s", path);
		goto out;
	}
	n = write(fd, text, len);
	if (n == (ssize_t)len) {
		*done = len;
		goto out;
	}
	if (n > 0) {
		const char *newline = memrchr(text, '\n', (size_t)n);

		*done = newline ? (size_t)(newline - text) + 1 : 0;
		errno = ENOSPC;
	}
	rc = err_errno(err, "%s", path);
out:
	close(fd);
	return rc;
}

int journal_append(struct err *err, const char *state, struct kv_out *out)
{
	return journal_write(err, state, out, 0);
}

int journal_append_durable(struct err *err, const char *state, struct kv_out *out)
{
	return journal_write(err, state, out, 1);
}

static size_t journal_word(const char *text, size_t len)
{
	const char *space = memchr(text, ' ', len);

	return space ? (size_t)(space - text) : len;
}

int journal_parse(char *line, size_t len, struct journal_entry *entry)
{
	char when[25];
	size_t n;
	struct session session;
	struct err err;

	memset(entry->session, 0, sizeof(entry->session));
	if (len < 28 || line[24] != ' ')
		return -1;
	memcpy(when, line, 24);
	when[24] = '\0';
	if (clock_parse(when, &entry->time_ms))
		return -1;
	line += 25;
	len -= 25;
	n = journal_word(line, len);
	if (n == 0 || n > JOURNAL_EVENT_MAX || n == len)
		return -1;
	memcpy(entry->event, line, n);
	entry->event[n] = '\0';
	if (strspn(entry->event, "abcdefghijklmnopqrstuvwxyz-") != n)
		return -1;
	line += n + 1;
	len -= n + 1;
	n = journal_word(line, len);
	if (n == 1 && line[0] == '-')
		entry->session[0] = '-';
	else if (session_parse(&err, line, n, &session))
		return -1;
	else
		memcpy(entry->session, line, n);
	if (n == len) {
		entry->kv.count = 0;
		return 0;
	}
	kv_parse(&entry->kv, line + n + 1, len - n - 1, ' ');
	return 0;
}

/* Reads one file from pos on. 0 to go on with the next file, 1 if got() stopped, -1. */
static int journal_read_file(struct err *err, const char *path, struct journal_pos *pos,
    int (*got)(void *arg, struct journal_entry *entry), void *arg, long *count)
{
	char buf[4 * JOURNAL_LINE_MAX + 1];
	size_t have = 0;
	int overlong = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_errno(err, "%s", path);
	for (;;) {
		ssize_t n =
		    pread(fd, buf + have, sizeof(buf) - 1 - have, pos->offset + (int64_t)have);
		size_t start = 0;

		if (n < 0) {
			err_errno(err, "%s", path);
			close(fd);
			return -1;
		}
		if (n == 0)
			break;
		have += (size_t)n;
		for (char *stop; (stop = memchr(buf + start, '\n', have - start)) != NULL;) {
			size_t len = (size_t)(stop - (buf + start));
			struct journal_entry entry;
			int end = 0;

			if (overlong || journal_parse(buf + start, len, &entry)) {
				pos->skipped += len > 0 || overlong;
			} else {
				end = got(arg, &entry);
				(*count)++;
			}
			overlong = 0;
			start += len + 1;
			pos->offset += (int64_t)len + 1;
			if (end) {
				close(fd);
				return 1;
			}
		}
		have -= start;
		memmove(buf, buf + start, have);
		if (have == sizeof(buf) - 1) {
			/* No line of ours is that long: drop what was read, go on at the next newline. */
			pos->offset += (int64_t)have;
			have = 0;
			overlong = 1;
		}
	}
	close(fd);
	return 0;
}

long journal_read(struct err *err, const char *state, struct journal_pos *pos,
    int (*got)(void *arg, struct journal_entry *entry), void *arg)
{
	char dir[STATE_PATH_MAX], path[STATE_PATH_MAX];
	struct dirent **names = NULL;
	long count = 0;
	int n, rc = 0;

	if (state_path(err, state, "journal", dir))
		return -1;
	n = scandir(dir, &names, journal_is_name, alphasort);
	if (n < 0)
		return errno == ENOENT ? 0 : err_errno(err, "%s", dir);
	for (int i = 0; i < n && rc == 0; i++) {
		int order = strcmp(names[i]->d_name, pos->file);

		if (order < 0)
			continue;
		if (order > 0) {
			memcpy(pos->file, names[i]->d_name, 12); /* "YYYY-MM.log" */
			pos->offset = 0;
		}
		if (state_path(err, dir, names[i]->d_name, path))
			rc = -1;
		else
			rc = journal_read_file(err, path, pos, got, arg, &count);
	}
	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return rc < 0 ? -1 : count;
}
