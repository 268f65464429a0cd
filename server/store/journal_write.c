/* SPDX-License-Identifier: MIT */
/* journal_write: appending lines; see journal.h. Their numbers: number.h. */
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
#include "journal.h"
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

void journal_writer_init(struct journal_writer *writer)
{
	*writer = (struct journal_writer){.fd = -1, .bell = -1};
	number_init(&writer->number);
}

void journal_writer_close(struct journal_writer *writer)
{
	if (writer->fd >= 0)
		close(writer->fd);
	if (writer->bell >= 0)
		close(writer->bell);
	number_close(&writer->number);
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

/* What ends a torn line: a line that ends in a space is invalid, however much of it was written. */
static const char journal_tear[] = {' ', '\n'};

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

static int journal_failed(struct err *err, const struct journal_writer *writer, const char *state)
{
	return err_errno(err, "%s/" LAYOUT_JOURNAL "/%s", state, writer->name);
}

/* Appends the line, with a number if we have the lock and there is room for one. */
static int journal_line(struct err *err, struct journal_writer *writer, const char *state,
    const struct kv_out *out, int locked)
{
	char line[JOURNAL_LINE_MAX + sizeof(journal_tear)];
	size_t len = 0;
	int64_t number;
	ssize_t n;

	if (journal_reach(err, writer, state))
		return -1;
	if (journal_torn(writer->fd)) {
		memcpy(line, journal_tear, sizeof(journal_tear));
		len = sizeof(journal_tear);
	}
	memcpy(line + len, out->buf, out->len);
	len += out->len;
	if (locked && out->len + NUMBER_PAIR < JOURNAL_LINE_MAX &&
	    (number = number_take(&writer->number, state, 1)) > 0) {
		number_pair(number, line + len);
		len += NUMBER_PAIR;
	}
	line[len++] = '\n';
	n = write(writer->fd, line, len);
	if (n >= 0 && n != (ssize_t)len)
		errno = ENOSPC;
	return n == (ssize_t)len ? 0 : journal_failed(err, writer, state);
}

static int journal_write(struct err *err, struct journal_writer *writer, const char *state,
    struct kv_out *out, int durable)
{
	int locked, rc;

	if (out->overflow || out->len > JOURNAL_LINE_MAX - 2 || out->len < 8)
		return err_set(err, "journal line too long");
	locked = number_lock(&writer->number, state) == 0;
	rc = journal_line(err, writer, state, out, locked);
	if (locked)
		number_unlock(&writer->number);
	if (rc == 0 && durable && fdatasync(writer->fd))
		rc = journal_failed(err, writer, state);
	if (rc == 0)
		journal_ring(writer, state);
	return rc;
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

/* --- several lines ---------------------------------------------------------------------------------- */

/* Lines of a text, and the same with their numbers, which is the text itself where they get none. */
struct journal_lines {
	const char *text, *numbered;
	size_t len, numbered_len;
	char *room; /* of numbered */
};

/* The line at *at with its newline, or NULL; moves *at. */
static const char *lines_next(const char *text, size_t len, size_t *at, size_t *line_len)
{
	const char *line = text + *at, *newline;

	if (*at >= len)
		return NULL;
	newline = memchr(line, '\n', len - *at);
	*line_len = newline ? (size_t)(newline - line) + 1 : len - *at;
	*at += *line_len;
	return line;
}

static size_t lines_count(const char *text, size_t len)
{
	size_t at = 0, count = 0, n;

	while (lines_next(text, len, &at, &n))
		count++;
	return count;
}

/* Gives the lines numbers. state NULL: we have not the lock, and they get none; so without memory. */
static void lines_number(
    struct journal_lines *lines, struct journal_writer *writer, const char *state)
{
	const size_t count = lines_count(lines->text, lines->len);
	size_t at = 0, n;
	const char *line;
	int64_t number;
	char *to;

	lines->numbered = lines->text;
	lines->numbered_len = lines->len;
	lines->room = to = state ? malloc(lines->len + count * NUMBER_PAIR + 1) : NULL;
	number = to ? number_take(&writer->number, state, (int64_t)count) : 0;
	if (number == 0)
		return;
	for (; (line = lines_next(lines->text, lines->len, &at, &n)) != NULL; number++) {
		memcpy(to, line, n - 1);
		to += n - 1;
		if (n + NUMBER_PAIR <= JOURNAL_LINE_MAX) {
			number_pair(number, to);
			to += NUMBER_PAIR;
		}
		*to++ = '\n';
	}
	lines->numbered = lines->room;
	lines->numbered_len = (size_t)(to - lines->room);
}

/* The bytes of whole lines in text that have written bytes of their numbered form. */
static size_t lines_done(const struct journal_lines *lines, size_t written)
{
	size_t from = 0, at = 0, done = 0, n;
	const char *line;

	while ((line = lines_next(lines->numbered, written, &from, &n)) != NULL &&
	       line[n - 1] == '\n' && lines_next(lines->text, lines->len, &at, &n))
		done = at;
	return done;
}

/* Appends the lines; *written: bytes of them. 0/-1 with errno. */
static int lines_write(struct journal_writer *writer, const char *text, size_t len, size_t *written)
{
	ssize_t n = -1;

	errno = ENOSPC;
	if (!journal_torn(writer->fd) ||
	    write(writer->fd, journal_tear, sizeof(journal_tear)) == sizeof(journal_tear))
		n = write(writer->fd, text, len);
	*written = n > 0 ? (size_t)n : 0;
	if (n >= 0)
		errno = ENOSPC;
	return n == (ssize_t)len ? 0 : -1;
}

int journal_append_lines(
    struct err *err, const char *state, const char *text, size_t len, size_t *done)
{
	struct journal_lines lines = {.text = text, .len = len};
	struct journal_writer writer;
	size_t written = 0;
	int locked, rc;

	*done = 0;
	journal_writer_init(&writer);
	locked = number_lock(&writer.number, state) == 0;
	rc = journal_reach(err, &writer, state);
	if (rc == 0) {
		lines_number(&lines, &writer, locked ? state : NULL);
		rc = lines_write(&writer, lines.numbered, lines.numbered_len, &written);
		if (rc)
			journal_failed(err, &writer, state);
		*done = lines_done(&lines, written);
	}
	free(lines.room);
	journal_writer_close(&writer);
	return rc;
}

/* --- numbers ---------------------------------------------------------------------------------------- */

/* Raises the last number to at least least. */
static int journal_number(struct err *err, const char *state, int64_t least, int64_t *last)
{
	struct number number;

	number_init(&number);
	*last = -1;
	errno = 0;
	if (number_lock(&number, state) == 0) {
		*last = number_raise(&number, state, least);
		number_unlock(&number);
	}
	if (*last < 0)
		err_errno(err, "%s/" NUMBER_LOCK, state);
	number_close(&number);
	return *last < 0 ? -1 : 0;
}

int journal_raise_number(struct err *err, const char *state, int64_t least)
{
	int64_t number;

	if (least >= NUMBER_MAX)
		return err_set(err, "number too large");
	return journal_number(err, state, least, &number);
}

int journal_last_number(struct err *err, const char *state, int64_t *number)
{
	return journal_number(err, state, 0, number);
}
