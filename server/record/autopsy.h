/* SPDX-License-Identifier: MIT */
/*
 * autopsy: what the server uses of a session's autopsy, as lastwords-autopsy(8) prints it: the sentences of its
 * summary, and the stack of the task that the log is about.
 *
 * The text is a stranger's: it is read up to a limit, and what it has no place for is left out.
 */
#ifndef LASTWORDS_RECORD_AUTOPSY_H
#define LASTWORDS_RECORD_AUTOPSY_H

#include <stddef.h>

#include "base/err.h"
#include "report/report.h"

enum { AUTOPSY_TEXT_MAX = 4 << 20, AUTOPSY_LINES = 24, AUTOPSY_LINE = 240 };

/* The autopsy of a session's directory, malloc'ed; NULL: it has none, or it cannot be read. */
char *autopsy_read(const char *dir, size_t *len);
/* The lines of the summary, at most AUTOPSY_LINES; each at most AUTOPSY_LINE - 1 bytes. Their number. */
size_t autopsy_summary(const char *text, size_t len, char line[AUTOPSY_LINES][AUTOPSY_LINE]);

/*
 * Names the function of a report that names no cause (report_names_cause: a hung task whose frames are all marked "?", a watchdog
 * that printed no stack), by the stack that the autopsy of dir has: of the task that the report's first
 * line names as "task COMM:PID", else of the task that died. The same rules choose among its frames as among a
 * log's (report.h). log, len: the text that the report was found in. 1: function, title and signature are
 * set, and by_autopsy; 0: unchanged.
 */
int autopsy_name_function(const char *dir, const char *log, size_t len, struct report *report);
/* The same by an autopsy's text. */
int autopsy_name_from(
    const char *text, size_t text_len, const char *log, size_t len, struct report *report);

#endif
