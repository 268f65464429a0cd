/* SPDX-License-Identifier: MIT */
/*
 * log: a part of a session's log, by line numbers; see query.h. A log has up to a million lines and is read
 * once from its beginning, with read(2): a file that is cut meanwhile must not kill us. It must not write.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"
#include "fields.h"
#include "log_files.h"
#include "stretches.h"

enum { LOG_CHUNK = 256 << 10, LOG_BEFORE = 50 };

/* A log, and the part of it that is asked for. */
struct log {
	int fd;
	int64_t lines; /* in all */
	int64_t from; /* the number of the part's first line, from 1 */
	off_t offset; /* where it begins */
	int count; /* of lines, at most */
	char *buf; /* LOG_CHUNK bytes */
};

/* --- finding the part ------------------------------------------------------------------------------- */

/* Where the last lines begin: of line n at n modulo room. */
struct ring {
	off_t *start;
	size_t room;
};

/* Counts the lines, and finds where line log->from begins; ring: where each begins, or NULL. */
static int log_scan(struct err *err, struct log *log, struct ring *ring)
{
	off_t at = 0;
	int last = '\n';
	ssize_t n;

	log->lines = 0;
	if (ring)
		ring->start[1 % ring->room] = 0;
	while ((n = read(log->fd, log->buf, LOG_CHUNK)) != 0) {
		const char *p = log->buf, *end = log->buf + n, *newline;

		if (n < 0)
			return err_errno(err, "cannot read");
		while ((newline = memchr(p, '\n', (size_t)(end - p)))) {
			p = newline + 1;
			log->lines++;
			if (ring)
				ring->start[(size_t)(log->lines + 1) % ring->room] =
				    at + (p - log->buf);
			else if (log->lines + 1 == log->from)
				log->offset = at + (p - log->buf);
		}
		last = end[-1];
		at += n;
	}
	log->lines += last != '\n'; /* the last line has no end (yet) */
	return 0;
}

/* The last lines: where they begin is only known at the end. */
static int log_find_last(struct err *err, struct log *log)
{
	struct ring ring = {.room = (size_t)log->count + 2};
	int rc = -1;

	ring.start = calloc(ring.room, sizeof(*ring.start));
	if (!ring.start)
		return err_set(err, "out of memory");
	rc = log_scan(err, log, &ring);
	if (rc == 0) {
		log->from = log->lines > log->count ? log->lines - log->count + 1 : 1;
		log->offset = ring.start[(size_t)log->from % ring.room];
	}
	free(ring.start);
	return rc;
}

/* --- its lines -------------------------------------------------------------------------------------- */

struct log_line {
	char text[QUERY_LINE_MAX];
	size_t len; /* as far as it fits */
	size_t whole; /* its length */
};

static void log_line_add(struct log_line *line, const char *bytes, size_t len)
{
	size_t room = sizeof(line->text) - line->len, n = len < room ? len : room;

	memcpy(line->text + line->len, bytes, n);
	line->len += n;
	line->whole += len;
}

/* The end of a cut line: not within a character. */
static void log_line_trim(struct log_line *line)
{
	size_t len = line->len;

	if (line->whole == line->len) {
		if (len > 0 && line->text[len - 1] == '\r')
			line->len = --line->whole;
		return;
	}
	for (int back = 0; back < 4 && len > 0; back++) {
		unsigned char c = (unsigned char)line->text[--len];

		if (c < 0x80)
			break;
		if (c >= 0xc0) {
			line->len = len;
			break;
		}
	}
}

/* What is known of each line. */
struct log_marks {
	struct stretches channels, levels;
	int64_t report;
};

/* "http,netconsole", "http differs", "netconsole hole" */
static void log_add_channels(json_t *object, const char *words)
{
	size_t n = strcspn(words, " ");

	json_object_set_new(object, "channels", query_text(words, n));
	if (strstr(words + n, " hole"))
		query_set_text(object, "mark", "hole");
	else if (strstr(words + n, " differs"))
		query_set_text(object, "mark", "differs");
}

/* The level of "<N>" at the line's beginning, as syslog(2) has it; -1: none. */
static int log_level(const char *text, size_t len)
{
	size_t i = 1;
	int value = 0;

	if (len < 3 || text[0] != '<')
		return -1;
	for (; i < len && i < 5 && text[i] >= '0' && text[i] <= '9'; i++)
		value = value * 10 + (text[i] - '0');
	return i > 1 && i < len && text[i] == '>' ? value & 7 : -1;
}

static json_t *log_object(struct log_marks *marks, int64_t n, struct log_line *line)
{
	const char *words = stretches_at(&marks->channels, n);
	const char *level = stretches_at(&marks->levels, n);
	int by_prefix;
	json_t *object = json_object();

	log_line_trim(line);
	by_prefix = log_level(line->text, line->len);
	json_object_set_new(object, "n", json_integer(n));
	if (json_object_set_new(object, "text", query_text(line->text, line->len))) {
		json_decref(object);
		return NULL;
	}
	if (level && level[0] >= '0' && level[0] <= '7' && !level[1])
		json_object_set_new(object, "level", json_integer(level[0] - '0'));
	else if (by_prefix >= 0)
		json_object_set_new(object, "level", json_integer(by_prefix));
	if (words)
		log_add_channels(object, words);
	if (line->whole > line->len)
		json_object_set_new(object, "cut", json_integer((json_int_t)line->whole));
	if (n == marks->report)
		json_object_set_new(object, "report", json_true());
	return object;
}

/* Reads the part's lines into the list. */
static int log_read(struct err *err, struct log *log, struct log_marks *marks, json_t *list)
{
	struct log_line line = {.len = 0};
	int64_t number = log->from, end = log->from + log->count;
	off_t at = log->offset;
	ssize_t n;

	if (end > log->lines + 1)
		end = log->lines + 1;
	while (number < end && (n = pread(log->fd, log->buf, LOG_CHUNK, at)) != 0) {
		const char *p = log->buf, *stop = log->buf + n, *newline;

		if (n < 0)
			return err_errno(err, "cannot read");
		at += n;
		while (number < end && p < stop) {
			newline = memchr(p, '\n', (size_t)(stop - p));
			log_line_add(&line, p, (size_t)((newline ? newline : stop) - p));
			p = newline ? newline + 1 : stop;
			if (!newline)
				break;
			if (query_append(list, log_object(marks, number++, &line)))
				return err_set(err, "out of memory");
			line.len = line.whole = 0;
		}
	}
	if (number < end && line.whole && query_append(list, log_object(marks, number, &line)))
		return err_set(err, "out of memory");
	return 0;
}

/* --- the document ----------------------------------------------------------------------------------- */

/* Opens the log of a name; "record" of a session that has none yet is its netconsole log, or its console's.
 * *name is the file's. The descriptor, or -1. */
static int log_open(struct err *err, struct query *query, const char *dir, const char **name)
{
	static const char *const records[] = {"record.txt", "netconsole.log", "console.log"};
	int record = strcmp(*name, "record") == 0, fd = -1;

	if (!record && !query_log_has(*name))
		return query_miss(err, query, "log", *name);
	errno = ENOENT;
	if (!record)
		fd = query_open(dir, *name);
	for (size_t i = 0; record && fd < 0 && errno == ENOENT && i < 3; i++) {
		*name = records[i];
		fd = query_open(dir, *name);
	}
	if (fd >= 0)
		return fd;
	if (errno == ENOENT || errno == ELOOP || errno == ENOTDIR)
		return query_miss(err, query, "log", record ? "record" : *name);
	return err_errno(err, "%s/%s", dir, *name);
}

/* dir: of a record, which has more files; NULL: another log. */
static int log_answer(
    struct err *err, struct log *log, const char *dir, int64_t report, json_t *document)
{
	struct log_marks marks = {.report = report};
	json_t *list = json_array();
	int rc = 0;

	if (json_object_set_new(document, "log", list))
		return err_set(err, "out of memory");
	if (log->from ? log_scan(err, log, NULL) : log_find_last(err, log))
		return -1;
	stretches_open(&marks.channels, dir ? query_open(dir, "record.channels") : -1, log->from);
	stretches_open(&marks.levels, dir ? query_open(dir, "record.levels") : -1, log->from);
	if (log->from <= log->lines)
		rc = log_read(err, log, &marks, list);
	stretches_close(&marks.channels);
	stretches_close(&marks.levels);
	if (rc)
		return -1;
	if (json_object_set_new(document, "lines", json_integer(log->lines)) ||
	    json_object_set_new(document, "from", json_integer(log->from)))
		return err_set(err, "out of memory");
	return 0;
}

json_t *query_log(
    struct err *err, struct query *query, const char *id, const char *name, int64_t from, int count)
{
	const struct request request = {
	    .query = "log", .session = id, .name = name, .from = from, .count = count};
	struct log log = {.count = count <= 0                ? QUERY_LINES
				   : count < QUERY_LINES_MAX ? count
							     : QUERY_LINES_MAX};
	struct db_session known;
	struct session session;
	char dir[FILE_PATH_MAX];
	json_t *document = NULL;
	int64_t report = 0;
	int rc = 0, is_record;

	if (query_ask(err, query, &request, &document))
		return document;
	if (query_find(err, query, id, &known, &session, dir))
		return NULL;
	log.fd = log_open(err, query, dir, &name);
	if (log.fd < 0)
		return NULL;
	is_record = strcmp(name, "record.txt") == 0;
	log.buf = malloc(LOG_CHUNK);
	if (!log.buf)
		goto out;
	document = json_object();
	if (is_record)
		report = query_report_line(dir);
	log.from = from > 0 ? from : report > LOG_BEFORE ? report - LOG_BEFORE : report != 0;
	query_set_text(document, "session", session.id);
	query_set_text(document, "mac", known.mac);
	query_set_text(document, "title", known.title);
	query_set_text(document, "name", is_record ? "record" : name);
	if (report)
		json_object_set_new(document, "report", json_integer(report));
	rc = log_answer(err, &log, is_record ? dir : NULL, report, document);
out:
	close(log.fd);
	free(log.buf);
	return query_done(err, document, rc);
}
