/* SPDX-License-Identifier: MIT */
/* log_files: which files of a session are logs; see log_files.h. */
#include "log_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/kv.h"
#include "record/record.h"

int query_log_has(const char *name)
{
	static const char *const names[] = {"record.txt", "netconsole.log", "netconsole.log.0",
	    "netconsole.log.1", "console.log", "console.log.1", "decoded.txt"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return 1;
	return record_upload_number(name) > 0;
}

int query_open(const char *dir, const char *name)
{
	char path[FILE_PATH_MAX];
	struct err ignored;
	struct stat st;
	int fd;

	errno = ENAMETOOLONG;
	if (file_path(&ignored, dir, name, path))
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)))
		return fd;
	close(fd);
	errno = ENOENT;
	return -1;
}

/* Where a line begins; -1: there is no such line. */
static off_t log_find_line(int fd, int64_t line)
{
	char buf[65536];
	off_t at = 0;
	ssize_t n;

	if (line == 1)
		return 0;
	while ((n = pread(fd, buf, sizeof(buf), at)) > 0) {
		const char *p = buf, *newline;

		while ((newline = memchr(p, '\n', (size_t)(buf + n - p)))) {
			p = newline + 1;
			if (--line == 1)
				return at + (p - buf);
		}
		at += n;
	}
	return -1;
}

char *query_read_from(const char *dir, int64_t line, size_t max, size_t *len)
{
	int fd = query_open(dir, "record.txt");
	off_t from = fd >= 0 ? log_find_line(fd, line) : -1;
	char *text = from >= 0 ? malloc(max + 1) : NULL;
	ssize_t n;

	*len = 0;
	while (
	    text && *len < max && (n = pread(fd, text + *len, max - *len, from + (off_t)*len)) > 0)
		*len += (size_t)n;
	if (text)
		text[*len] = '\0';
	if (fd >= 0)
		close(fd);
	return text;
}

/* By the text itself. */
static int64_t log_find_report(const char *dir)
{
	size_t len = 0, left_out = 0;
	struct report report;
	struct err ignored;
	char *text = NULL;
	int64_t line = 0;

	if (record_read(&ignored, dir, "record.txt", QUERY_REPORT_BYTES, &text, &len, &left_out) ==
		0 &&
	    !left_out) {
		report_find(text, len, &report);
		if (report.title[0])
			line = (int64_t)report.line + 1;
	}
	free(text);
	return line;
}

int64_t query_report_line(const char *dir)
{
	char path[FILE_PATH_MAX], text[8192];
	struct err ignored;
	uint64_t line;
	struct kv kv;

	if (file_path(&ignored, dir, "record.meta", path) ||
	    kv_read_file(&ignored, path, text, sizeof(text), &kv) || !kv_get(&kv, "title"))
		return 0;
	line = kv_u64(&kv, "report-line", INT64_MAX, 0);
	return line ? (int64_t)line : log_find_report(dir);
}

/* Where the report ends in a text that begins with it. */
static size_t log_report_end(const char *text, size_t len)
{
	static const char mark[] = "---[ end ";
	const char *at = text, *line, *end = text;
	int64_t last = TIMELINE_NO_TIME;
	size_t n;

	for (int count = 0; count < QUERY_REPORT_LINES && timeline_next(&at, text + len, &line, &n);
	     count++) {
		struct timeline_part part;

		timeline_part(line, n, &part);
		if (part.usec != TIMELINE_NO_TIME) {
			if (last != TIMELINE_NO_TIME && part.usec > last + QUERY_REPORT_GAP_US)
				break;
			last = part.usec;
		}
		end = at;
		if (memmem(line, n, mark, sizeof(mark) - 1))
			break;
	}
	return (size_t)(end - text);
}

char *query_report_text(const char *dir, size_t *len)
{
	int64_t line = query_report_line(dir);
	char *text = line ? query_read_from(dir, line, QUERY_REPORT_TEXT, len) : NULL;

	if (text) {
		*len = log_report_end(text, *len);
		text[*len] = '\0';
	}
	return text;
}
