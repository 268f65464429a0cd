/* SPDX-License-Identifier: MIT */
/* read: a console's bytes to the kernel's lines; the rule is in serial.h. Pure. */
#include <stdlib.h>
#include <string.h>

#include "line.h"
#include "report/report.h"

enum { LOOK_MAX = 64, SEEN_BITS_MAX = 22 };

/* The lines that were there, by their hashes; a full neighbourhood forgets. */
struct seen {
	uint64_t *slot;
	size_t mask;
};

struct reading {
	struct serial_lines *lines;
	struct seen seen;
	struct serial_line line; /* the current one */
	int64_t newest; /* of this kernel's stamps */
	int begun; /* a kernel has begun */
	int died; /* a line that was kept reports a death */
	int capture; /* what comes is the capture kernel's */
	int dump; /* what comes is a dump */
};

/* --- repeats --------------------------------------------------------------------------------------- */

static int seen_make(struct seen *seen, size_t bytes)
{
	size_t bits = 8;

	while (bits < SEEN_BITS_MAX && (size_t)1 << bits < bytes / 8)
		bits++;
	seen->mask = ((size_t)1 << bits) - 1;
	seen->slot = calloc(seen->mask + 1, sizeof(*seen->slot));
	return seen->slot ? 0 : -1;
}

/* 1 if the text was there before; now it is there. */
static int seen_before(struct seen *seen, const char *text, size_t len, int dump)
{
	uint64_t hash = 0xcbf29ce484222325 + (uint64_t)dump; /* FNV-1a */
	size_t at;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3;
	hash |= 1; /* (0 is an empty slot) */
	at = (hash ^ hash >> 29) & seen->mask;
	for (int looked = 0; looked < LOOK_MAX; looked++, at = (at + 1) & seen->mask) {
		if (seen->slot[at] == hash)
			return 1;
		if (!seen->slot[at]) {
			seen->slot[at] = hash;
			break;
		}
	}
	return 0;
}

/* --- output ---------------------------------------------------------------------------------------- */

int serial_room(struct err *err, struct serial_text *out, size_t len)
{
	size_t room = out->room ? out->room : 4096;
	char *more;

	if (out->room > out->len + len)
		return 0;
	while (room <= out->len + len)
		room *= 2;
	more = realloc(out->text, room);
	if (!more)
		return err_set(err, "out of memory for a console's lines");
	out->text = more;
	out->room = room;
	return 0;
}

int serial_put(struct err *err, struct serial_text *out, const char *line, size_t len)
{
	if (serial_room(err, out, len))
		return -1;
	memcpy(out->text + out->len, line, len);
	out->len += len;
	out->text[out->len++] = '\n';
	return 0;
}

static int put(struct err *err, struct reading *reading, struct serial_text *to)
{
	return serial_put(err, to, reading->line.text, reading->line.len);
}

/* --- one kernel ------------------------------------------------------------------------------------ */

/* What is known of a kernel from all of its lines. */
struct kernel {
	const char *end; /* of its text: where the next one begins */
	int timed;
	int command; /* its command line is known */
	int capture; /* … and is the capture kernel's */
	int captured; /* the capture kernel came up after it */
};

/* Reads a kernel's lines ahead. The text before the first "Linux version" is one too. */
static void kernel_look(
    struct reading *reading, const char *at, const char *end, struct kernel *kernel)
{
	struct serial_line *line = &reading->line;
	const char *bytes, *before = at;
	int first = 1, boot = 0, dump = reading->dump, captures;
	size_t len;

	*kernel = (struct kernel){.end = end};
	for (; serial_next(&at, end, &bytes, &len); before = at, first = 0) {
		serial_line(line, bytes, len);
		dump = dump ? line->kind != LINE_DUMP_END : line->kind == LINE_DUMP;
		if (dump)
			continue;
		if (line->kind == LINE_BOOT && !first) {
			kernel->end = before;
			return;
		}
		boot |= line->kind == LINE_BOOT;
		kernel->captured |= line->kind == LINE_CAPTURE;
		/* By its first line it prints times or not; if that is missing, by any line. */
		kernel->timed |= line->stamped && (!boot || first);
		if (line->kind == LINE_OTHER && line->stamped == kernel->timed &&
		    !kernel->command && serial_is_command(line, &captures)) {
			kernel->command = 1;
			kernel->capture = captures;
		}
	}
}

/* A line of a kernel that prints times. */
static int read_stamped(struct err *err, struct reading *reading, const struct kernel *kernel)
{
	const struct serial_line *line = &reading->line;

	if (seen_before(&reading->seen, line->text, line->len, 0))
		return 0;
	if ((reading->died || kernel->captured) &&
	    line->part.usec < reading->newest - SERIAL_OLDER_US)
		return 0;
	if (line->part.usec > reading->newest)
		reading->newest = line->part.usec;
	reading->begun = 1;
	reading->died |= report_is_death(line->text, line->len);
	return put(err, reading, &reading->lines->live);
}

static int read_dump(struct err *err, struct reading *reading)
{
	const struct serial_line *line = &reading->line;

	if (line->kind == LINE_DUMP_END)
		reading->dump = 0;
	else if (line->stamped && !seen_before(&reading->seen, line->text, line->len, 1))
		return put(err, reading, &reading->lines->dump);
	return 0;
}

static int read_line(struct err *err, struct reading *reading, const struct kernel *kernel)
{
	const struct serial_line *line = &reading->line;

	if (reading->dump)
		return read_dump(err, reading);
	if (line->kind == LINE_DUMP) {
		reading->dump = 1;
		return 0;
	}
	reading->capture |= line->kind == LINE_CAPTURE;
	if (reading->capture)
		return 0;
	if (line->kind == LINE_MARK)
		return reading->begun ? put(err, reading, &reading->lines->live) : 0;
	if (line->stamped)
		return kernel->timed ? read_stamped(err, reading, kernel) : 0;
	if (kernel->timed)
		return 0;
	if (line->kind == LINE_BOOT)
		reading->begun = 1;
	if (!reading->begun && !report_is_death(line->text, line->len))
		return 0;
	reading->begun = 1;
	reading->died |= report_is_death(line->text, line->len);
	return put(err, reading, &reading->lines->live);
}

static int read_kernel(
    struct err *err, struct reading *reading, const char *at, const struct kernel *kernel)
{
	const char *bytes;
	size_t len;

	reading->capture = kernel->capture || (reading->died && !kernel->command);
	reading->newest = INT64_MIN / 2;
	if (!reading->capture)
		reading->died = 0;
	while (serial_next(&at, kernel->end, &bytes, &len)) {
		serial_line(&reading->line, bytes, len);
		if (read_line(err, reading, kernel))
			return -1;
	}
	return 0;
}

int serial_read(struct err *err, const char *bytes, size_t len, struct serial_lines *lines)
{
	struct reading reading = {.lines = lines};
	const char *at = bytes, *end = bytes + len;
	struct kernel kernel;
	int rc = -1;

	memset(lines, 0, sizeof(*lines));
	if (seen_make(&reading.seen, len)) {
		err_set(err, "out of memory for a console's lines");
		goto out;
	}
	for (; at < end; at = kernel.end) {
		kernel_look(&reading, at, end, &kernel);
		if (read_kernel(err, &reading, at, &kernel))
			goto out;
		lines->timed |= kernel.timed && !kernel.capture;
	}
	rc = 0;
out:
	free(reading.seen.slot);
	if (rc)
		serial_free(lines);
	return rc;
}

void serial_free(struct serial_lines *lines)
{
	free(lines->live.text);
	free(lines->dump.text);
	memset(lines, 0, sizeof(*lines));
}
