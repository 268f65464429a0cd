/* SPDX-License-Identifier: MIT */
/*
 * log_files: which files of a session are logs for people, and where in its record the report begins. Private to
 * this room.
 */
#ifndef LASTWORDS_QUERY_LOG_FILES_H
#define LASTWORDS_QUERY_LOG_FILES_H

#include <stddef.h>
#include <stdint.h>

/* 1 if a file of a session is text that query_log gives: uploads, logs of netconsole and console, the record, the
 * decoded report. */
int query_log_has(const char *name);

/*
 * The line of record.txt, from 1, in which the report begins, by record.meta; of a record that was made before
 * record.meta had it, by its text, up to QUERY_REPORT_BYTES. 0: unknown, or no report.
 */
enum { QUERY_REPORT_BYTES = 4 << 20 };
int64_t query_report_line(const char *dir);

/*
 * What record.txt has from a line (from 1) on, at most max bytes; a NUL follows. malloc'ed, NULL: no such line, no
 * file, or out of memory. Reads the file up to there, a piece at a time.
 */
char *query_read_from(const char *dir, int64_t line, size_t max, size_t *len);

/*
 * The lines of the report, from its beginning to its end mark or to a pause of QUERY_REPORT_GAP_US, at most
 * QUERY_REPORT_LINES. malloc'ed, with a NUL; NULL: there is no report.
 */
enum {
	QUERY_REPORT_LINES = 400,
	QUERY_REPORT_TEXT = 256 << 10,
	QUERY_REPORT_GAP_US = 10 * 1000000
};
char *query_report_text(const char *dir, size_t *len);

/* Opens a regular file of dir for reading, without following a link. The descriptor, or -1 with errno. */
int query_open(const char *dir, const char *name);

#endif
