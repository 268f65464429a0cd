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

#include "base/clock.h"
#include "layout.h"

enum { SETTLED_MS = 100, LOOK_MS = 10, DAY_MS = 86400000 };

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

void journal_writer_init(struct journal_writer *writer)
{
	memset(writer, 0, sizeof(*writer));
	writer->fd = writer->bell = -1;
	writer->end = -1;
}

void journal_writer_close(struct journal_writer *writer)
{
	if (writer->fd >= 0)
		close(writer->fd);
	if (writer->bell >= 0)
		close(writer->bell);
	journal_writer_init(writer);
}

static void journal_ring(struct journal_writer *writer, const char *state)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};

	if (snprintf(to.sun_path, sizeof(to.sun_path), "%s/run/collector.sock", state) >=
	    (int)sizeof(to.sun_path))
		return;
	if (writer->bell < 0)
		writer->bell = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (writer->bell < 0)
		return;
	/* A full queue is a bell that already rings; no collector, and it will read the file later. */
	(void)sendto(
	    writer->bell, "", 0, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&to, sizeof(to));
}

/*
 * 1 if the file is not empty and its last byte is not a newline, for longer than another writer may
 * need: a write that crosses a page shows its first part for a moment. A file that ends where this
 * writer's last line did ends with that line. writer->end becomes the file's, or -1.
 */
static int journal_torn(struct journal_writer *writer)
{
	struct stat st;
	char last;

	for (int look = 0; look < 5; look++) {
		if (fstat(writer->fd, &st)) {
			writer->end = -1;
			return 0;
		}
		if (st.st_size == writer->end)
			return 0;
		writer->end = st.st_size;
		if (st.st_size == 0 || pread(writer->fd, &last, 1, st.st_size - 1) != 1 ||
		    last == '\n')
			return 0;
		writer->end = -1;
		usleep(500);
	}
	return 1;
}

int journal_is_name(const struct dirent *entry)
{
	const char *name = entry->d_name;

	return strlen(name) == 11 && strspn(name, "0123456789") == 4 && name[4] == '-' &&
	       strspn(name + 5, "0123456789") == 2 && strcmp(name + 7, ".log") == 0;
}

/* Into name the newest of the journal's files that is newer than name. 1 if there is one. */
static int journal_newest(const char *dir, char name[12])
{
	struct dirent *entry;
	DIR *journal = opendir(dir);
	int found = 0;

	while (journal && (entry = readdir(journal)) != NULL) {
		if (journal_is_name(entry) && strcmp(entry->d_name, name) > 0) {
			memcpy(name, entry->d_name, 12);
			found = 1;
		}
	}
	if (journal)
		closedir(journal);
	return found;
}

static int journal_open(struct err *err, struct journal_writer *writer, const char *state,
    const char *dir, char path[FILE_PATH_MAX])
{
	if (writer->fd >= 0)
		close(writer->fd);
	writer->end = -1;
	if (file_path(err, dir, writer->name, path))
		return -1;
	writer->fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
	if (writer->fd < 0 && errno == ENOENT) {
		if (layout_make(err, state))
			return -1;
		writer->fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
	}
	return writer->fd < 0 ? err_errno(err, "%s", path) : 0;
}

/*
 * The file to append to: this month's, or a newer one that is there already (a clock that was set
 * back, a writer that slept over the turn of the month): readers only go forward. What was found
 * stays so while the directory's time does (a time of just now may yet stand for one more change),
 * and is not asked for again within LOOK_MS of the same day.
 */
static int journal_reach(struct err *err, struct journal_writer *writer, const char *state)
{
	char dir[FILE_PATH_MAX], path[FILE_PATH_MAX], name[12], text[25];
	int64_t now_ms = clock_now();
	struct stat st;

	if (writer->fd >= 0 && writer->settled && now_ms >= writer->looked_ms &&
	    now_ms - writer->looked_ms < LOOK_MS && now_ms / DAY_MS == writer->looked_ms / DAY_MS)
		return 0;
	clock_format(now_ms, text);
	snprintf(name, sizeof(name), "%.7s.log", text);
	if (file_path(err, state, "journal", dir))
		return -1;
	if (writer->fd >= 0 && writer->settled && strcmp(writer->name, name) >= 0 &&
	    stat(dir, &st) == 0 && st.st_ino == writer->dir.st_ino &&
	    st.st_dev == writer->dir.st_dev && st.st_mtim.tv_sec == writer->dir.st_mtim.tv_sec &&
	    st.st_mtim.tv_nsec == writer->dir.st_mtim.tv_nsec) {
		writer->looked_ms = now_ms;
		return 0;
	}
	(void)journal_newest(dir, name);
	memcpy(writer->name, name, sizeof(name));
	do {
		if (journal_open(err, writer, state, dir, path))
			return -1;
		if (stat(dir, &writer->dir))
			memset(&writer->dir, 0, sizeof(writer->dir));
	} while (journal_newest(dir, writer->name));
	writer->settled = clock_of(&writer->dir.st_mtim) < now_ms - SETTLED_MS;
	writer->looked_ms = now_ms;
	return 0;
}

static int journal_write(struct err *err, struct journal_writer *writer, const char *state,
    struct kv_out *out, int durable)
{
	char line[JOURNAL_LINE_MAX + 1];
	size_t len = 0;
	ssize_t n;

	if (out->overflow || out->len > JOURNAL_LINE_MAX - 2 || out->len < 8)
		return err_set(err, "journal line too long");
	if (journal_reach(err, writer, state))
		return -1;
	if (journal_torn(writer))
		line[len++] = '\n';
	memcpy(line + len, out->buf, out->len);
	len += out->len;
	line[len++] = '\n';
	n = write(writer->fd, line, len);
	if (n != (ssize_t)len) {
		writer->end = -1;
		if (n >= 0)
			errno = ENOSPC;
		return err_errno(err, "%s/journal/%s", state, writer->name);
	}
	if (writer->end >= 0)
		writer->end += n;
	if (durable && fdatasync(writer->fd))
		return err_errno(err, "%s/journal/%s", state, writer->name);
	journal_ring(writer, state);
	return 0;
}

int journal_writer_append(
    struct err *err, struct journal_writer *writer, const char *state, struct kv_out *out)
{
	return journal_write(err, writer, state, out, 0);
}

static int journal_write_once(struct err *err, const char *state, struct kv_out *out, int durable)
{
	struct journal_writer writer;
	int rc;

	journal_writer_init(&writer);
	rc = journal_write(err, &writer, state, out, durable);
	journal_writer_close(&writer);
	return rc;
}

int journal_append_lines(
    struct err *err, const char *state, const char *text, size_t len, size_t *done)
{
	struct journal_writer writer;
	int rc = 0;
	ssize_t n;

	*done = 0;
	journal_writer_init(&writer);
	if (journal_reach(err, &writer, state))
		return -1;
	errno = ENOSPC;
	if (journal_torn(&writer) && write(writer.fd, "\n", 1) != 1) {
		rc = err_errno(err, "%s/journal/%s", state, writer.name);
		goto out;
	}
	n = write(writer.fd, text, len);
	if (n == (ssize_t)len) {
		*done = len;
		goto out;
	}
	if (n > 0) {
		const char *newline = memrchr(text, '\n', (size_t)n);

		*done = newline ? (size_t)(newline - text) + 1 : 0;
		errno = ENOSPC;
	}
	rc = err_errno(err, "%s/journal/%s", state, writer.name);
out:
	journal_writer_close(&writer);
	return rc;
}

int journal_append(struct err *err, const char *state, struct kv_out *out)
{
	return journal_write_once(err, state, out, 0);
}

int journal_append_durable(struct err *err, const char *state, struct kv_out *out)
{
	return journal_write_once(err, state, out, 1);
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
	char dir[FILE_PATH_MAX], path[FILE_PATH_MAX];
	struct dirent **names = NULL;
	long count = 0;
	int n, rc = 0;

	if (file_path(err, state, "journal", dir))
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
		if (file_path(err, dir, names[i]->d_name, path))
			rc = -1;
		else
			rc = journal_read_file(err, path, pos, got, arg, &count);
	}
	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return rc < 0 ? -1 : count;
}
