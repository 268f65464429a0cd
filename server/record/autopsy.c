/* SPDX-License-Identifier: MIT */
/* autopsy: what the server uses of a session's autopsy; see autopsy.h. It must not write. */
#include "autopsy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"

char *autopsy_read(const char *dir, size_t *len)
{
	char name[RECORD_NAME_MAX], *text = NULL;
	size_t left_out = 0;
	struct err ignored;

	*len = 0;
	record_upload_name(record_kinds[RECORD_AUTOPSY].first, "txt", name);
	if (record_read(&ignored, dir, name, AUTOPSY_TEXT_MAX, &text, len, &left_out) || left_out ||
	    *len == 0) {
		free(text);
		return NULL;
	}
	text[*len] = '\0';
	*len = strlen(text); /* (a NUL is not of ours: what follows is left out) */
	return text;
}

/* Where the lines of a section begin; NULL: the text has no such section. */
static const char *autopsy_section(const char *text, size_t len, const char *name)
{
	const char *at = text, *end = text + len, *line;
	size_t n;

	while (timeline_next(&at, end, &line, &n)) {
		if (n == strlen(name) && memcmp(line, name, n) == 0)
			return at < end ? at : end;
	}
	return NULL;
}

/* The spaces at a line's beginning. */
static size_t autopsy_indent(const char *line, size_t n)
{
	size_t i = 0;

	while (i < n && line[i] == ' ')
		i++;
	return i;
}

size_t autopsy_summary(const char *text, size_t len, char out[AUTOPSY_LINES][AUTOPSY_LINE])
{
	const char *at = autopsy_section(text, len, "summary"), *line;
	size_t count = 0, n;

	while (at && count < AUTOPSY_LINES && timeline_next(&at, text + len, &line, &n) &&
	       autopsy_indent(line, n) == 2)
		snprintf(out[count++], AUTOPSY_LINE, "%.*s", (int)(n - 2), line + 2);
	return count;
}

/* The lines of the stack that follows a line, which are indented deeper than it. */
static const char *autopsy_stack(const char *at, const char *end, size_t deeper, const char **stop)
{
	const char *line, *begin = at;
	size_t n;

	*stop = at;
	while (timeline_next(&at, end, &line, &n) && autopsy_indent(line, n) > deeper &&
	       memchr(line, '+', n))
		*stop = at < end ? at : end;
	return *stop > begin ? begin : NULL;
}

/* The stack of the record "pid=PID …" in the section of tasks. NULL: not found. */
static const char *autopsy_task_stack(
    const char *text, size_t len, const char *pid, const char **stop)
{
	const char *at = autopsy_section(text, len, "tasks"), *line;
	char want[40];
	size_t n;

	snprintf(want, sizeof(want), "    pid=%s ", pid);
	while (at && timeline_next(&at, text + len, &line, &n) && line[0] == ' ') {
		if (n > strlen(want) && memcmp(line, want, strlen(want)) == 0)
			return autopsy_stack(at, text + len, 4, stop);
	}
	return NULL;
}

static const char *autopsy_death_stack(const char *text, size_t len, const char **stop)
{
	const char *at = autopsy_section(text, len, "death"), *line;
	size_t n;

	while (at && timeline_next(&at, text + len, &line, &n) && line[0] == ' ') {
		if (n > 6 && memcmp(line, "  cpu=", 6) == 0)
			return autopsy_stack(at, text + len, 2, stop);
	}
	return NULL;
}

/* The pid of "task COMM:PID" in the report's first line; "" where it names none. */
static void autopsy_report_pid(const char *line, size_t n, char pid[12])
{
	const char *task = memmem(line, n, "task ", 5), *colon = NULL;
	size_t digits = 0;

	pid[0] = '\0';
	for (const char *p = task; p && p < line + n; p++) {
		if (*p == ':') /* (a name may have colons: the last one before a blank counts) */
			colon = p;
		if (colon && *p == ' ' && p > colon + 1)
			break;
	}
	while (colon && colon + 1 + digits < line + n && colon[1 + digits] >= '0' &&
	       colon[1 + digits] <= '9')
		digits++;
	if (digits > 0 && digits < 12)
		snprintf(pid, 12, "%.*s", (int)digits, colon + 1);
}

/* The report's first line, a trace's heading, and the frames, as the kernel would have printed them. */
static char *autopsy_compose(
    const char *first, size_t first_len, const char *stack, const char *stop, size_t *len)
{
	const char *line;
	size_t n;
	FILE *out;
	char *text = NULL;

	out = open_memstream(&text, len);
	if (!out)
		return NULL;
	fprintf(out, "%.*s\nCall Trace:\n <TASK>\n", (int)first_len, first);
	while (timeline_next(&stack, stop, &line, &n))
		fprintf(out, " %.*s\n", (int)(n - autopsy_indent(line, n)),
		    line + autopsy_indent(line, n));
	fprintf(out, " </TASK>\n");
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

int autopsy_name_from(
    const char *text, size_t text_len, const char *log, size_t len, struct report *report)
{
	const char *at, *first, *stack = NULL, *stop;
	char *composed = NULL, pid[12];
	size_t first_len, composed_len;
	struct report found;
	int rc = 0;

	if (!report->title[0] || report_names_cause(report) || report->offset >= len)
		return 0;
	at = log + report->offset;
	if (!timeline_next(&at, log + len, &first, &first_len))
		return 0;
	autopsy_report_pid(first, first_len, pid);
	stack = pid[0] ? autopsy_task_stack(text, text_len, pid, &stop)
		       : autopsy_death_stack(text, text_len, &stop);
	if (stack)
		composed = autopsy_compose(first, first_len, stack, stop, &composed_len);
	if (composed) {
		report_find(composed, composed_len, &found);
		rc = report_names_cause(&found) && strcmp(found.class, report->class) == 0;
	}
	if (rc) {
		report->by_autopsy = 1;
		memcpy(report->function, found.function, sizeof(report->function));
		memcpy(report->title, found.title, sizeof(report->title));
		memcpy(report->signature, found.signature, sizeof(report->signature));
	}
	free(composed);
	return rc;
}

int autopsy_name_function(const char *dir, const char *log, size_t len, struct report *report)
{
	size_t text_len;
	char *text;
	int rc;

	if (!report->title[0] || report_names_cause(report))
		return 0;
	text = autopsy_read(dir, &text_len);
	rc = text ? autopsy_name_from(text, text_len, log, len, report) : 0;
	free(text);
	return rc;
}
