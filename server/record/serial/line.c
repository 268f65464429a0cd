/* SPDX-License-Identifier: MIT */
/* line: one line of a console; see line.h. Pure. */
#include "line.h"

#include <string.h>

#include "base/hex.h"

enum {
	STAMP_MIN = 14, /* "[    1.000000]" */
	ESCAPE_MAX = 256, /* bytes of a title or other string; a longer one is invalid */
};

int serial_next(const char **at, const char *end, const char **bytes, size_t *len)
{
	while (*at < end) {
		const char *p = *at;

		*bytes = p;
		while (p < end && *p != '\n' && *p != '\r')
			p++;
		*len = (size_t)(p - *bytes);
		*at = p < end ? p + 1 : end;
		if (*len > 0)
			return 1;
	}
	return 0;
}

static int starts(const char *text, size_t len, const char *with)
{
	size_t n = strlen(with);

	return len >= n && memcmp(text, with, n) == 0;
}

/* Where the kernel's line begins, or NULL. */
static const char *line_stamp(const char *bytes, const char *end)
{
	const char *p = bytes;
	int64_t usec;

	while ((p = memchr(p, '[', (size_t)(end - p)))) {
		size_t n = timeline_stamp(p, (size_t)(end - p), &usec);

		if (n >= STAMP_MIN && (p + n == end || p[n] == ' ' || p[n] == '['))
			return p;
		p++;
	}
	return NULL;
}

/* --- escape sequences ------------------------------------------------------------------------------ */

static const char *skip(const char *p, const char *end, unsigned char from, unsigned char to)
{
	while (p < end && (unsigned char)*p >= from && (unsigned char)*p <= to)
		p++;
	return p;
}

/* After a string that BEL or ESC \ ends; NULL if it does not end soon. */
static const char *escape_string(const char *p, const char *end)
{
	const char *stop = end - p > ESCAPE_MAX ? p + ESCAPE_MAX : end;

	for (; p < stop; p++) {
		if (*p == '\a')
			return p + 1;
		if (*p == '\033' && p + 1 < end && p[1] == '\\')
			return p + 2;
	}
	return NULL;
}

/*
 * After the sequence that begins with the ESC at p (ECMA-48). Of an incomplete or invalid one only the ESC is
 * skipped: a kernel's "[" may follow it.
 */
static const char *escape_end(const char *p, const char *end)
{
	const char *begin = ++p;

	if (p < end && *p == '[') {
		p = skip(p + 1, end, 0x30, 0x3f);
		p = skip(p, end, 0x20, 0x2f);
		return p < end && *p >= 0x40 && *p <= 0x7e && *p != '[' ? p + 1 : begin;
	}
	if (p < end && memchr("]PX^_", *p, 5)) {
		const char *after = escape_string(p + 1, end);

		return after ? after : begin;
	}
	p = skip(p, end, 0x20, 0x2f);
	return p < end && *p >= 0x30 && *p <= 0x7e ? p + 1 : begin;
}

/* --- the text -------------------------------------------------------------------------------------- */

/* Appends a byte as it is stored. 0: there is no room. */
static int line_put(struct serial_line *line, unsigned char c)
{
	char *to = line->text + line->len;

	if (c == '\0')
		return 1;
	if (c == '\t' || (c >= 0x20 && c < 0x7f)) {
		if (line->len + 1 >= sizeof(line->text))
			return 0;
		*to = (char)c;
		line->len++;
		return 1;
	}
	if (line->len + 4 >= sizeof(line->text))
		return 0;
	to[0] = '\\';
	to[1] = 'x';
	hex_text(&c, 1, to + 2);
	line->len += 4;
	return 1;
}

/* Appends the bytes; plain: without escape sequences and control bytes. */
static void line_fill(struct serial_line *line, const char *p, const char *end, int plain)
{
	while (p < end) {
		if (plain && *p == '\033') {
			p = escape_end(p, end);
			continue;
		}
		if (!(plain && (unsigned char)*p < 0x20 && *p != '\t') &&
		    !line_put(line, (unsigned char)*p))
			break;
		p++;
	}
	while (line->len > 0 &&
	       (line->text[line->len - 1] == ' ' || line->text[line->len - 1] == '\t'))
		line->len--;
	line->text[line->len] = '\0';
}

/* A digit follows the words, as in every kernel's first line. */
static const char *line_version(const char *text)
{
	const char *found = strstr(text, "Linux version ");

	return found && found[14] >= '0' && found[14] <= '9' ? found : NULL;
}

static enum line_kind line_kind(struct serial_line *line)
{
	const char *text = line->text, *version = line_version(text);

	if (line->stamped)
		return version == line->part.body ? LINE_BOOT : LINE_OTHER;
	if (version) {
		/* (firmware may have left text before it) */
		line->len -= (size_t)(version - text);
		memmove(line->text, version, line->len + 1);
		return LINE_BOOT;
	}
	if (starts(text, line->len, "lastwords: capture kernel up"))
		return LINE_CAPTURE;
	if (starts(text, line->len, "lastwords: dmesg of ") && strstr(text, " begins"))
		return LINE_DUMP;
	if (starts(text, line->len, "lastwords: dmesg of ") && strstr(text, " ends"))
		return LINE_DUMP_END;
	return starts(text, line->len, "[lastwords: console lost ") ? LINE_MARK : LINE_OTHER;
}

void serial_line(struct serial_line *line, const char *bytes, size_t len)
{
	const char *end = bytes + len, *stamp = line_stamp(bytes, end);

	line->len = 0;
	line->stamped = stamp != NULL;
	line->part = (struct timeline_part){.usec = TIMELINE_NO_TIME};
	line_fill(line, stamp ? stamp : bytes, end, !stamp);
	if (stamp)
		timeline_part(line->text, line->len, &line->part);
	line->kind = line_kind(line);
}

int serial_is_command(const struct serial_line *line, int *captures)
{
	const char *text = line->stamped ? line->part.body : line->text;
	size_t len = line->stamped ? line->part.len : line->len;

	if (starts(text, len, "Command line: ") || starts(text, len, "Kernel command line: ")) {
		*captures = strstr(text, " elfcorehdr=") != NULL;
		return 1;
	}
	/* (arm64 has it in the device tree) */
	*captures = starts(text, len, "Reserving ") && strstr(text, " for elfcorehdr");
	return *captures;
}
