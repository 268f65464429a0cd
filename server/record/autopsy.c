/* SPDX-License-Identifier: MIT */
/* autopsy: what the server uses of a session's autopsy; see autopsy.h. It must not write. */
#include "autopsy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record.h"

char *autopsy_read(const char *dir, size_t *len)
{
	char name[RECORD_NAME_MAX], path[FILE_PATH_MAX], *text = NULL;
	struct err ignored;
	struct stat st;
	ssize_t n = -1;
	int fd;

	record_upload_name(record_kinds[RECORD_AUTOPSY].first, "txt", name);
	if (file_path(&ignored, dir, name, path))
		return NULL;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
	    st.st_size <= AUTOPSY_TEXT_MAX)
		text = malloc((size_t)st.st_size + 1);
	if (text)
		n = read(fd, text, (size_t)st.st_size);
	close(fd);
	if (n < 0) {
		free(text);
		return NULL;
	}
	text[n] = '\0';
	*len = strlen(text); /* (a NUL is not of ours: what follows is left out) */
	return text;
}

/* The next line of [*at, end), without its newline: 1, or 0. */
static int autopsy_line(const char **at, const char *end, const char **line, size_t *n)
{
	const char *newline;

	if (*at >= end)
		return 0;
	newline = memchr(*at, '\n', (size_t)(end - *at));
	*line = *at;
	*n = (size_t)((newline ? newline : end) - *at);
	*at += *n + 1;
	return 1;
}

/* Where the lines of a section begin; NULL: there is none. */
static const char *autopsy_section(const char *text, size_t len, const char *name)
{
	const char *at = text, *end = text + len, *line;
	size_t n;

	while (autopsy_line(&at, end, &line, &n)) {
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

	while (at && count < AUTOPSY_LINES && autopsy_line(&at, text + len, &line, &n) &&
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
	while (autopsy_line(&at, end, &line, &n) && autopsy_indent(line, n) > deeper &&
	       memchr(line, '+', n))
		*stop = at < end ? at : end;
	return *stop > begin ? begin : NULL;
}

/* The stack of the record "pid=PID …" in the section of tasks. NULL: there is none. */
static const char *autopsy_task_stack(
    const char *text, size_t len, const char *pid, const char **stop)
{
	const char *at = autopsy_section(text, len, "tasks"), *line;
	char want[40];
	size_t n;

	snprintf(want, sizeof(want), "    pid=%s ", pid);
	while (at && autopsy_line(&at, text + len, &line, &n) && (n == 0 || line[0] == ' ')) {
		if (n > strlen(want) && memcmp(line, want, strlen(want)) == 0)
			return autopsy_stack(at, text + len, 4, stop);
	}
	return NULL;
}

static const char *autopsy_death_stack(const char *text, size_t len, const char **stop)
{
	const char *at = autopsy_section(text, len, "death"), *line;
	size_t n;

	while (at && autopsy_line(&at, text + len, &line, &n) && (n == 0 || line[0] == ' ')) {
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
	while (autopsy_line(&stack, stop, &line, &n))
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
	if (!autopsy_line(&at, log + len, &first, &first_len))
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
