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

int journal_is_name(const struct dirent *entry)
{
	const char *name = entry->d_name;

	return strlen(name) == 11 && strspn(name, "0123456789") == 4 && name[4] == '-' &&
	       strspn(name + 5, "0123456789") == 2 && strcmp(name + 7, ".log") == 0;
}

int journal_is_ahead(const char *name)
{
	char when[25];

	clock_format(clock_ahead(), when);
	memcpy(when + 7, ".log", sizeof(".log"));
	return strcmp(name, when) > 0;
}

/* --- writing --------------------------------------------------------------------------------------- */

void journal_writer_init(struct journal_writer *writer)
{
	*writer = (struct journal_writer){.fd = -1, .bell = -1};
}

void journal_writer_close(struct journal_writer *writer)
{
	if (writer->fd >= 0)
		close(writer->fd);
	if (writer->bell >= 0)
		close(writer->bell);
	journal_writer_init(writer);
}

/* Wakes the collector. */
static void journal_ring(struct journal_writer *writer, const char *state)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};

	if (snprintf(to.sun_path, sizeof(to.sun_path), "%s/" LAYOUT_RUN "/collector.sock", state) >=
	    (int)sizeof(to.sun_path))
		return;
	if (writer->bell < 0)
		writer->bell = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (writer->bell < 0)
		return;
	/* If the queue is full it is awake already; if it does not run it reads the file later. */
	(void)sendto(
	    writer->bell, "", 0, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&to, sizeof(to));
}

/*
 * 1 if the file is not empty and its last byte is not a newline, for longer than another writer may
 * need: of a write that crosses a page the first part is visible for a moment.
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

/* Sets name to the newest of the journal's files that is newer than name. */
static void journal_newest(const char *dir, char name[12])
{
	struct dirent *entry;
	DIR *journal = opendir(dir);

	while (journal && (entry = readdir(journal)) != NULL)
		if (journal_is_name(entry) && strcmp(entry->d_name, name) > 0)
			memcpy(name, entry->d_name, 12);
	if (journal)
		closedir(journal);
}

static int journal_open(
    struct err *err, struct journal_writer *writer, const char *state, const char *path)
{
	const int flags = O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC;

	if (writer->fd >= 0)
		close(writer->fd);
	writer->fd = open(path, flags, 0640);
	if (writer->fd < 0 && errno == ENOENT) {
		if (layout_make(err, state))
			return -1;
		writer->fd = open(path, flags, 0640);
	}
	return writer->fd < 0 ? err_errno(err, "%s", path) : 0;
}

/*
 * Opens the file to append to: this month's, or a newer one that exists (the clock was set back, or
 * another writer was the first of the new month).
 */
static int journal_reach(struct err *err, struct journal_writer *writer, const char *state)
{
	char dir[FILE_PATH_MAX], path[FILE_PATH_MAX], name[12], now[25];
	struct stat st;

	clock_format(clock_now(), now);
	snprintf(name, sizeof(name), "%.7s.log", now);
	if (file_path(err, state, LAYOUT_JOURNAL, dir))
		return -1;
	for (;;) {
		journal_newest(dir, name);
		/* (without links: it was removed or replaced) */
		if (writer->fd >= 0 && strcmp(writer->name, name) == 0 &&
		    fstat(writer->fd, &st) == 0 && st.st_nlink > 0)
			return 0;
		if (file_path(err, dir, name, path) || journal_open(err, writer, state, path))
			return -1;
		memcpy(writer->name, name, sizeof(name));
	}
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
	if (journal_torn(writer->fd))
		line[len++] = '\n';
	memcpy(line + len, out->buf, out->len);
	len += out->len;
	line[len++] = '\n';
	n = write(writer->fd, line, len);
	if (n >= 0 && n != (ssize_t)len)
		errno = ENOSPC;
	if (n != (ssize_t)len || (durable && fdatasync(writer->fd)))
		return err_errno(err, "%s/" LAYOUT_JOURNAL "/%s", state, writer->name);
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

int journal_append(struct err *err, const char *state, struct kv_out *out)
{
	return journal_write_once(err, state, out, 0);
}

int journal_append_durable(struct err *err, const char *state, struct kv_out *out)
{
	return journal_write_once(err, state, out, 1);
}

int journal_append_lines(
    struct err *err, const char *state, const char *text, size_t len, size_t *done)
{
	struct journal_writer writer;
	const char *newline;
	ssize_t n = -1;
	int rc = 0;

	*done = 0;
	journal_writer_init(&writer);
	if (journal_reach(err, &writer, state))
		return -1;
	errno = ENOSPC;
	if (!journal_torn(writer.fd) || write(writer.fd, "\n", 1) == 1)
		n = write(writer.fd, text, len);
	if (n == (ssize_t)len) {
		*done = len;
	} else {
		newline = n > 0 ? memrchr(text, '\n', (size_t)n) : NULL;
		if (newline)
			*done = (size_t)(newline - text) + 1;
		if (n >= 0)
			errno = ENOSPC;
		rc = err_errno(err, "%s/" LAYOUT_JOURNAL "/%s", state, writer.name);
	}
	journal_writer_close(&writer);
	return rc;
}

/* --- reading --------------------------------------------------------------------------------------- */

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

struct journal_reader {
	struct journal_pos *pos;
	int (*got)(void *arg, struct journal_entry *entry);
	void *arg;
	long count;
	int overlong; /* the line that the buffer begins with began before it */
};

/* Takes the whole lines of buf. Returns how many bytes they have; *stop: got() stopped. */
static size_t journal_take(struct journal_reader *reader, char *buf, size_t len, int *stop)
{
	size_t start = 0;
	char *newline;

	while (!*stop && (newline = memchr(buf + start, '\n', len - start)) != NULL) {
		size_t n = (size_t)(newline - (buf + start));
		struct journal_entry entry;

		if (reader->overlong || journal_parse(buf + start, n, &entry)) {
			reader->pos->skipped += n > 0 || reader->overlong;
		} else {
			*stop = reader->got(reader->arg, &entry);
			reader->count++;
		}
		reader->overlong = 0;
		start += n + 1;
		reader->pos->offset += (int64_t)n + 1;
	}
	return start;
}

/* Reads one file from the position. 0 to go on with the next file, 1 if got() stopped, -1. */
static int journal_read_file(struct err *err, const char *path, struct journal_reader *reader)
{
	char buf[4 * JOURNAL_LINE_MAX + 1];
	struct journal_pos *pos = reader->pos;
	size_t have = 0;
	ssize_t n;
	int stop = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return err_errno(err, "%s", path);
	reader->overlong = 0;
	while (!stop && (n = pread(fd, buf + have, sizeof(buf) - 1 - have,
			     pos->offset + (int64_t)have)) != 0) {
		size_t taken;

		if (n < 0) {
			err_errno(err, "%s", path);
			close(fd);
			return -1;
		}
		have += (size_t)n;
		taken = journal_take(reader, buf, have, &stop);
		have -= taken;
		memmove(buf, buf + taken, have);
		if (have == sizeof(buf) - 1) {
			/* Longer than any valid line: skip to the next newline. */
			pos->offset += (int64_t)have;
			have = 0;
			reader->overlong = 1;
		}
	}
	close(fd);
	return stop != 0;
}

int journal_end(struct err *err, const char *state, struct journal_pos *pos)
{
	char dir[FILE_PATH_MAX], path[FILE_PATH_MAX], name[12] = "";
	struct stat st;

	memset(pos, 0, sizeof(*pos));
	if (file_path(err, state, LAYOUT_JOURNAL, dir))
		return -1;
	journal_newest(dir, name);
	if (!name[0])
		return 0;
	if (file_path(err, dir, name, path))
		return -1;
	if (stat(path, &st))
		return err_errno(err, "%s", path);
	memcpy(pos->file, name, sizeof(name));
	pos->offset = st.st_size;
	return 0;
}

long journal_read(struct err *err, const char *state, struct journal_pos *pos,
    int (*got)(void *arg, struct journal_entry *entry), void *arg)
{
	struct journal_reader reader = {.pos = pos, .got = got, .arg = arg};
	char dir[FILE_PATH_MAX], path[FILE_PATH_MAX];
	struct dirent **files;
	int n, rc = 0;

	if (file_path(err, state, LAYOUT_JOURNAL, dir))
		return -1;
	n = file_list(err, dir, journal_is_name, &files);
	if (n < 0)
		return -1;
	for (int i = 0; i < n && rc == 0; i++) {
		int order = strcmp(files[i]->d_name, pos->file);

		if (order < 0)
			continue;
		if (order > 0) {
			memcpy(pos->file, files[i]->d_name, 12); /* "YYYY-MM.log" */
			pos->offset = 0;
		}
		rc = file_path(err, dir, files[i]->d_name, path);
		if (rc == 0)
			rc = journal_read_file(err, path, &reader);
	}
	file_list_free(files, n);
	return rc < 0 ? -1 : reader.count;
}

struct journal_session {
	const char *session;
	int (*got)(void *arg, int64_t time_ms, const char *event, const char *text);
	void *arg;
};

static int journal_session_line(void *arg, struct journal_entry *entry)
{
	const struct journal_session *wanted = arg;
	char text[JOURNAL_LINE_MAX + 1];
	struct kv_out out;

	if (strcmp(entry->session, wanted->session) != 0)
		return 0;
	kv_out_init(&out, text, sizeof(text));
	kv_out_all(&out, ' ', &entry->kv);
	return wanted->got(wanted->arg, entry->time_ms, entry->event, text);
}

long journal_events(struct err *err, const char *state, const char *session,
    int (*got)(void *arg, int64_t time_ms, const char *event, const char *text), void *arg)
{
	struct journal_session wanted = {.session = session, .got = got, .arg = arg};
	struct journal_pos pos = {.offset = 0};

	return journal_read(err, state, &pos, journal_session_line, &wanted);
}
