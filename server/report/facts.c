/* SPDX-License-Identifier: MIT */
/*
 * facts: what a report has next to its stack: task, CPU, pid, taint, release, build id, hardware,
 * instruction pointer. Of each fact the first one counts.
 */
#include "reader.h"

#include <stdio.h>
#include <string.h>

#include "base/hex.h"

static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && *p == ' ')
		p++;
	return p;
}

static const char *word_end(const char *p, const char *end)
{
	while (p < end && *p != ' ')
		p++;
	return p;
}

/* The decimal number after word, at most nine digits; -1: no number. */
static long number_after(const char *text, const char *end, const char *word)
{
	const char *p = report_seek(text, (size_t)(end - text), word);
	long value = 0;
	int digits = 0;

	if (!p)
		return -1;
	for (p += strlen(word); p < end && *p >= '0' && *p <= '9' && digits < 9; p++, digits++)
		value = value * 10 + (*p - '0');
	return digits ? value : -1;
}

/* lib/dump_stack.c prints "Kdump: loaded" between name and taint if a capture kernel is loaded. */
static void copy_comm(const char *p, const char *end, struct report *out)
{
	static const char kdump[] = " Kdump: loaded";
	size_t len = (size_t)(end - p), n = sizeof(kdump) - 1;

	if (len > n && memcmp(end - n, kdump, n) == 0)
		len -= n;
	report_copy(out->comm, sizeof(out->comm), p, len);
}

/*
 * What follows the task's name: "Not tainted 6.1.0-13-amd64 #1", "Tainted: G    W   6.1.0 #1",
 * "Tainted: G W 6.12.0 #1 Debian", or none of these.
 */
static void read_comm(const char *p, const char *end, struct report *out)
{
	const char *q = report_seek(p, (size_t)(end - p), " Not tainted"), *last;

	if (q) {
		copy_comm(p, q, out);
		p = skip_blanks(q + strlen(" Not tainted"), end);
	} else if ((q = report_seek(p, (size_t)(end - p), " Tainted: "))) {
		copy_comm(p, q, out);
		p = q = skip_blanks(q + strlen(" Tainted: "), end);
		/* the flags are capital letters and blanks; the release, which begins with a
		 * digit, follows */
		while (p < end && (*p == ' ' || (*p >= 'A' && *p <= 'Z')))
			p++;
		for (last = p; last > q && last[-1] == ' '; last--)
			;
		report_copy(out->taint, sizeof(out->taint), q, (size_t)(last - q));
	} else {
		q = word_end(p, end);
		report_copy(out->comm, sizeof(out->comm), p, (size_t)(q - p));
		return;
	}
	q = word_end(p, end);
	if (q > p && *p >= '0' && *p <= '9')
		report_copy(out->release, sizeof(out->release), p, (size_t)(q - p));
}

/* "INFO: task NAME:PID blocked", "stuck for 22s! [NAME:PID]": NAME may have a ':'. */
static void read_task(const char *p, const char *end, const char *stop, struct report *out)
{
	const char *last = report_seek(p, (size_t)(end - p), stop), *colon;

	if (!last)
		return;
	for (colon = last; colon > p && *colon != ':'; colon--)
		;
	if (colon == p)
		return;
	report_copy(out->comm, sizeof(out->comm), p, (size_t)(colon - p));
	out->pid = number_after(colon, last, ":");
}

/* The last word, if it is a build id: lib/dump_stack.c prints all 20 or 16 bytes. */
static void read_build_id(const struct report_line *line, struct report *out)
{
	size_t n = 0;

	while (n < line->len && hex_digit(line->text[line->len - 1 - n]) >= 0)
		n++;
	if ((n == 40 || n == 32) && n < line->len && line->text[line->len - 1 - n] == ' ')
		report_copy(out->build_id, sizeof(out->build_id), line->text + line->len - n, n);
}

void report_read_ip(const struct report_line *line, const struct report_frame *frame, int better,
    struct report *out)
{
	const char *end = line->text + line->len, *p = line->text, *q;
	size_t n = 0;

	if (out->rip[0] && (!better || !frame->name || strncmp(out->rip, "0x", 2) != 0))
		return;
	if (frame->name) {
		for (q = frame->name; q < end && *q != ' ' && *q != ')'; q++)
			;
		report_copy(out->rip, sizeof(out->rip), frame->name, (size_t)(q - frame->name));
		n = strlen(out->rip);
		if (frame->module && n + frame->module_len + 4 < sizeof(out->rip))
			snprintf(out->rip + n, sizeof(out->rip) - n, " [%.*s]",
			    (int)frame->module_len, frame->module);
		return;
	}
	/* no symbol: "0x0", or eight digits and more */
	for (; p < end; p += n ? n : 1) {
		int marked = end - p > 2 && p[0] == '0' && p[1] == 'x';

		p += marked ? 2 : 0;
		for (n = 0; p + n < end && n < 16 && hex_digit(p[n]) >= 0; n++)
			;
		if (n < (marked ? 1 : 8))
			continue;
		snprintf(out->rip, sizeof(out->rip), "0x%.*s", (int)n, p);
		return;
	}
}

void report_read_facts(const struct report_line *line, struct report *out)
{
	const char *end = line->text + line->len, *p = NULL;

	if (report_starts(line->text, line->len, "Hardware name: ")) {
		if (!out->hardware[0])
			report_copy(
			    out->hardware, sizeof(out->hardware), line->text + 15, line->len - 15);
		return;
	}
	if (out->cpu < 0 && report_starts(line->text, line->len, "CPU: "))
		out->cpu = (int)number_after(line->text, end, "CPU: ");
	if (out->comm[0])
		return;
	if ((p = report_seek(line->text, line->len, " Comm: "))) {
		if (out->pid < 0)
			out->pid = number_after(line->text, end, " PID: ");
		read_comm(p + 7, end, out);
		read_build_id(line, out);
	} else if (report_starts(line->text, line->len, "Pid: ") &&
		   (p = report_seek(line->text, line->len, ", comm: "))) {
		if (out->pid < 0)
			out->pid = number_after(line->text, end, "Pid: ");
		read_comm(p + 8, end, out);
	}
}

void report_read_opening_facts(const struct report_line *line, struct report *out)
{
	const char *end = line->text + line->len, *p;

	if ((p = report_seek(line->text, line->len, "INFO: task ")))
		read_task(p + 11, end,
		    report_seek(line->text, line->len, " blocked ") ? " blocked " : " can't die",
		    out);
	else if ((p = report_seek(line->text, line->len, "s! [")))
		read_task(p + 4, end, "]", out);
	out->cpu = (int)number_after(line->text, end, "CPU#");
	if (out->cpu < 0)
		out->cpu = (int)number_after(line->text, end, "CPU: ");
	if (out->pid < 0)
		out->pid = number_after(line->text, end, " PID: ");
}

void report_read_release(const struct report_line *line, struct report *out)
{
	static const char banner[] = "Linux version ";
	const char *p = line->text + sizeof(banner) - 1, *end = line->text + line->len;

	if (report_starts(line->text, line->len, banner))
		report_copy(out->release, sizeof(out->release), p, (size_t)(word_end(p, end) - p));
}
