/* SPDX-License-Identifier: MIT */
/* choose: which report of a log counts; report.h has the rule. Reads opening lines only. */
#include "reader.h"

#include <string.h>

enum {
	WINDOW_BUG = 60 * 1000000, /* microseconds from a BUG report to a death that it causes */
	WINDOW_HANG = 10 * 1000000,
	MESSAGE_LINES = 4,
	PENDING_LINES = 12, /* from a line that opens a death only if one follows, to that death */
};

static int in_window(
    const struct report_place *early, const struct report_place *late, int64_t window)
{
	return early->time_us < 0 || late->time_us - early->time_us <= window;
}

/* The report that caused the death: its own, or an earlier one. */
static const struct report_place *choose_cause(const struct report_place *death,
    const struct report_place *first_bug, const struct report_place *last_bug,
    const struct report_place *last_warning)
{
	unsigned int flags = death->opening->flags;

	if (flags & OPEN_ASKED)
		return death;
	/* a message without a stack just before the death: the death is its report */
	if (first_bug->opening && first_bug->opening->flags & OPEN_BARE && !(flags & OPEN_END) &&
	    death->cursor.number - first_bug->cursor.number <= MESSAGE_LINES)
		return death;
	if (first_bug->opening && in_window(last_bug, death, WINDOW_BUG))
		return first_bug;
	if (flags & OPEN_WARNED && last_warning->opening)
		return last_warning;
	return death;
}

struct report_place report_choose(const char *text, size_t len, enum report_severity *severity)
{
	struct report_cursor cursor = {.text = text, .len = len}, before = cursor;
	struct report_place first_bug = {0}, last_bug = {0}, first_ever = {0};
	struct report_place last_warning = {0}, first_warning = {0}, pending = {0};
	struct report_line line;

	for (; before = cursor, report_line_next(&cursor, &line);) {
		const struct report_opening *opening = report_opening_match(line.text, line.len);
		struct report_place here = {opening, before, line.time_us};

		if (!opening)
			continue;
		if (opening->flags & OPEN_IF_DIES) {
			pending = here;
			continue;
		}
		if (pending.opening && opening->severity == REPORT_DEATH &&
		    line.number - pending.cursor.number <= PENDING_LINES)
			here = pending;
		opening = here.opening;
		if (opening->severity == REPORT_DEATH) {
			*severity = REPORT_DEATH;
			return *choose_cause(&here, &first_bug, &last_bug, &last_warning);
		}
		if (opening->severity == REPORT_BUG) {
			int64_t window = opening->flags & OPEN_HANG ? WINDOW_HANG : WINDOW_BUG;

			/* the message of a WARNING that is a BUG report: its line names the function */
			if (opening->flags & OPEN_HINT && last_warning.opening &&
			    !strcmp(last_warning.opening->class, opening->class) &&
			    line.number - last_warning.cursor.number <= 3)
				here = last_warning;
			if (!first_bug.opening || !in_window(&last_bug, &here, window))
				first_bug = here;
			if (!first_ever.opening)
				first_ever = here;
			last_bug = here;
			continue;
		}
		/* the message just before a WARNING belongs to it */
		if (!(opening->flags & OPEN_MORE && last_warning.opening &&
			last_warning.opening->flags & OPEN_HINT &&
			line.number - last_warning.cursor.number <= 3))
			last_warning = here;
		if (!first_warning.opening)
			first_warning = here;
	}
	*severity = first_ever.opening      ? REPORT_BUG
		    : first_warning.opening ? REPORT_WARNING
					    : REPORT_NONE;
	return first_ever.opening ? first_ever : first_warning;
}
