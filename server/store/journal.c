/* SPDX-License-Identifier: MIT */
/* journal: every event of every session; see journal.h. */
#include "journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "layout.h"

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

void journal_newest(const char *dir, char name[12])
{
	struct dirent *entry;
	DIR *journal = opendir(dir);

	while (journal && (entry = readdir(journal)) != NULL)
		if (journal_is_name(entry) && strcmp(entry->d_name, name) > 0)
			memcpy(name, entry->d_name, 12);
	if (journal)
		closedir(journal);
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
	if (len == 0 || line[len - 1] == ' ') /* (torn: journal.h) */
		return -1;
	entry->number = number_of(line, len);
	if (entry->number)
		len -= NUMBER_PAIR;
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
	int hashes; /* lines without a number get one from their bytes */
};

/* The number of a line that has none. */
static int64_t journal_hash(const char *line, size_t len)
{
	uint8_t digest[8];
	struct sha256_ctx hash;
	int64_t number = 0;

	sha256_init(&hash);
	sha256_update(&hash, len, (const uint8_t *)line);
	sha256_digest(&hash, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		number = (int64_t)((uint64_t)number << 8 | digest[i]);
	number &= (1LL << 62) - 1;
	return -(number ? number : 1);
}

/* Takes the whole lines of buf. Returns how many bytes they have; *stop: got() stopped. */
static size_t journal_take(struct journal_reader *reader, char *buf, size_t len, int *stop)
{
	size_t start = 0;
	char *newline;

	while (!*stop && (newline = memchr(buf + start, '\n', len - start)) != NULL) {
		size_t n = (size_t)(newline - (buf + start));
		struct journal_entry entry;
		int64_t hash = 0;

		if (reader->hashes && !reader->overlong && number_of(buf + start, n) == 0)
			hash = journal_hash(buf + start, n);
		if (reader->overlong || journal_parse(buf + start, n, &entry)) {
			reader->pos->skipped += n > 0 || reader->overlong;
		} else {
			if (hash)
				entry.number = hash;
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

static long journal_read_on(struct err *err, const char *state, struct journal_reader *reader)
{
	struct journal_pos *pos = reader->pos;
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
			rc = journal_read_file(err, path, reader);
	}
	file_list_free(files, n);
	return rc < 0 ? -1 : reader->count;
}

long journal_read(struct err *err, const char *state, struct journal_pos *pos,
    int (*got)(void *arg, struct journal_entry *entry), void *arg)
{
	struct journal_reader reader = {.pos = pos, .got = got, .arg = arg};

	return journal_read_on(err, state, &reader);
}

long journal_read_numbered(struct err *err, const char *state, struct journal_pos *pos,
    int (*got)(void *arg, struct journal_entry *entry), void *arg)
{
	struct journal_reader reader = {.pos = pos, .got = got, .arg = arg, .hashes = 1};

	return journal_read_on(err, state, &reader);
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
