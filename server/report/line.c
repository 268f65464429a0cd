/* SPDX-License-Identifier: MIT */
/* line: lines without their prefixes; see line.h. */
#include "line.h"

#include <string.h>

static int is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

int report_starts(const char *text, size_t len, const char *prefix)
{
	size_t n = strlen(prefix);

	return len >= n && memcmp(text, prefix, n) == 0;
}

const char *report_seek(const char *text, size_t len, const char *word)
{
	return memmem(text, len, word, strlen(word));
}

void report_copy(char *to, size_t size, const char *text, size_t len)
{
	size_t n = len < size - 1 ? len : size - 1;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		to[i] = c < 0x20 || c == 0x7f ? '?' : (char)c;
	}
	to[n] = '\0';
}

/* On a mismatch only the last '*' is tried again, so the work is at most len times the longest literal, never
 * exponential. */
int report_glob(const char *pattern, const char *text, size_t len)
{
	const char *p = pattern, *star = NULL;
	size_t i = 0, mark = 0;

	while (i < len) {
		if (*p == '*') {
			star = ++p;
			mark = i;
		} else if (*p == '#' && is_digit(text[i])) {
			for (int n = 0; i < len && is_digit(text[i]) && n < 20; n++)
				i++;
			p++;
		} else if (*p && *p != '#' && *p == text[i]) {
			p++;
			i++;
		} else if (star) {
			if (!*star)
				return 1;
			p = star;
			i = ++mark;
		} else {
			return 0;
		}
		if (!*p && star && p == star)
			return 1;
	}
	while (*p == '*')
		p++;
	return !*p;
}

/* Length of "[  123.456789]" at text, 0 if it is not one. */
static size_t time_stamp(const char *text, size_t len, int64_t *time_us)
{
	size_t i = 1, digits = 0, fraction = 0;
	int64_t value = 0, us = 0;

	if (len < 5 || text[0] != '[')
		return 0;
	while (i < len && text[i] == ' ' && i < 12)
		i++;
	for (; i < len && is_digit(text[i]) && digits < 12; i++, digits++)
		value = value * 10 + (text[i] - '0');
	if (!digits || i >= len || text[i] != '.')
		return 0;
	for (i++; i < len && is_digit(text[i]) && fraction < 9; i++, fraction++)
		if (fraction < 6)
			us = us * 10 + (text[i] - '0');
	if (!fraction || i >= len)
		return 0;
	/* vendors add the CPU: "[   12.345678@1]", "[   12.345678,0]" */
	if ((text[i] == '@' || text[i] == ',') && i + 1 < len && is_digit(text[i + 1]))
		for (i++; i < len && i < 32 && is_digit(text[i]); i++)
			;
	if (i >= len || text[i] != ']')
		return 0;
	for (; fraction < 6; fraction++)
		us *= 10;
	*time_us = value * 1000000 + us;
	return i + 1;
}

/* "[  T123]", "[    C0]" */
static size_t caller_id(const char *text, size_t len, char *caller, uint32_t *id)
{
	size_t i = 1, digits = 0;
	uint32_t value = 0;
	char kind;

	if (len < 4 || text[0] != '[')
		return 0;
	while (i < len && text[i] == ' ' && i < 12)
		i++;
	if (i >= len || (text[i] != 'T' && text[i] != 'C'))
		return 0;
	kind = text[i++];
	for (; i < len && is_digit(text[i]) && digits < 9; i++, digits++)
		value = value * 10 + (uint32_t)(text[i] - '0');
	if (!digits || i >= len || text[i] != ']')
		return 0;
	*caller = kind;
	*id = value;
	return i + 1;
}

/* "<6>" */
static size_t level(const char *text, size_t len)
{
	size_t i = 1;

	if (len < 3 || text[0] != '<')
		return 0;
	while (i < len && i < 5 && is_digit(text[i]))
		i++;
	return i > 1 && i < len && text[i] == '>' ? i + 1 : 0;
}

/* "6,416,1758426,-;" with more fields before the ';' (Documentation/ABI/testing/dev-kmsg) */
static size_t kmsg_header(const char *text, size_t len)
{
	size_t commas = 0;

	if (!len || !is_digit(text[0]))
		return 0;
	for (size_t i = 0; i < len && i < 120; i++) {
		if (text[i] == ',')
			commas++;
		else if (text[i] == ';')
			return commas >= 3 ? i + 1 : 0;
		else if (commas < 3 && !is_digit(text[i]))
			return 0;
	}
	return 0;
}

/* "10:00:00" at text */
static int clock_time(const char *text, size_t len)
{
	return len >= 8 && is_digit(text[0]) && is_digit(text[1]) && text[2] == ':' &&
	       is_digit(text[3]) && is_digit(text[4]) && text[5] == ':' && is_digit(text[6]) &&
	       is_digit(text[7]);
}

/* "[Fri Nov 21 10:00:00 2026]" */
static size_t calendar_stamp(const char *text, size_t len)
{
	int clock = 0;

	if (len < 20 || text[0] != '[' || !is_alpha(text[1]))
		return 0;
	for (size_t i = 1; i < len && i < 40; i++) {
		if (text[i] == ']')
			return clock ? i + 1 : 0;
		if (clock_time(text + i, len - i))
			clock = 1;
	}
	return 0;
}

/* The time since the last line, dmesg -d and -e: "[   12.345678 <    0.000123>]", "[<    0.000123>]",
 * "[  +0.000123]", and where the minute is another one "[Nov21 10:00]". */
static size_t relative_stamp(const char *text, size_t len)
{
	size_t i = 1;

	if (len < 8 || text[0] != '[')
		return 0;
	if (len > 13 && is_alpha(text[1]) && is_alpha(text[2]) && is_alpha(text[3]) &&
	    text[6] == ' ' && is_digit(text[7]) && text[9] == ':' && text[12] == ']')
		return 13;
	while (i < len && i < 40 && (is_digit(text[i]) || memchr(" .<>+", text[i], 5)))
		i++;
	if (i >= len || text[i] != ']' || (!memchr(text, '<', i) && !memchr(text, '+', i)))
		return 0;
	return i + 1;
}

/* "[16:21:28][c0-0c0s15n2]": the time of day and the node, in the console log of a Cray */
static size_t node_stamp(const char *text, size_t len)
{
	size_t i = 11;

	if (len < 14 || text[0] != '[' || !clock_time(text + 1, len - 1) || text[9] != ']' ||
	    text[10] != '[')
		return 0;
	while (i < len && i < 40 && (is_digit(text[i]) || is_alpha(text[i]) || text[i] == '-'))
		i++;
	return i < len && text[i] == ']' ? i + 1 : 0;
}

/* "kern  :warn  : " */
static size_t decoded_level(const char *text, size_t len)
{
	size_t i = 5;

	if (!report_starts(text, len, "kern "))
		return 0;
	while (i < len && i < 20 && (text[i] == ' ' || text[i] == ':' || is_alpha(text[i])))
		if (text[i++] == ':' && i < len && text[i] == ' ')
			return i + 1;
	return 0;
}

/* The first "kernel: ", or NULL; the collector calls this for each line. */
static const char *kernel_tag(const char *text, size_t len)
{
	const char *end = text + len;

	for (const char *at = text; (at = memchr(at, ':', (size_t)(end - at))) != NULL; at++)
		if (at - text >= 6 && end - at >= 2 && at[1] == ' ' &&
		    memcmp(at - 6, "kernel", 6) == 0)
			return at - 6;
	return NULL;
}

/* "Nov 21 10:00:00 host kernel: ", "2026-11-21T10:00:00.1+00:00 host kernel: ", "kernel: ". Needs the
 * time of day, or "kernel:" as the first or second word, so that words of a message stay. */
static size_t syslog_header(const char *text, size_t len)
{
	size_t head = len < 160 ? len : 160, words = 0, at;
	const char *tag = kernel_tag(text, head);
	int clock = 0;

	if (!tag || (tag > text && tag[-1] != ' '))
		return 0;
	at = (size_t)(tag - text);
	for (size_t i = 0; i < at; i++) {
		words += text[i] == ' ';
		clock |= clock_time(text + i, at - i);
	}
	if (at && !clock && (words != 1 || memchr(text, ':', at)))
		return 0;
	return at + strlen("kernel: ");
}

/* "2026-11-21T10:00:00,123456+00:00 " (dmesg --time-format=iso, or a logger without a tag) */
static size_t iso_stamp(const char *text, size_t len)
{
	if (len < 21 || !is_digit(text[0]) || text[4] != '-' || text[7] != '-' ||
	    (text[10] != 'T' && text[10] != ' ') || !clock_time(text + 11, len - 11))
		return 0;
	for (size_t i = 19; i < len && i < 48; i++)
		if (text[i] == ' ')
			return i + 1;
	return 0;
}

static void strip_prefixes(struct report_line *line)
{
	int calendar = 0;

	while (line->len && (line->text[0] == '\r' || line->text[0] == '\0')) {
		line->text++;
		line->len--;
	}
	for (int round = 0; round < 8; round++) {
		const char *text = line->text;
		size_t len = line->len, blanks = 0, cut = 0;

		/* Blanks may be between two prefixes; those after the last belong to the text, except
		 * the first. */
		while (blanks < len && blanks < 8 && text[blanks] == ' ')
			blanks++;
		text += blanks;
		len -= blanks;
		if (line->time_us < 0)
			cut = time_stamp(text, len, &line->time_us);
		if (!cut && !line->caller)
			cut = caller_id(text, len, &line->caller, &line->caller_id);
		if (!cut && !calendar) {
			cut = calendar_stamp(text, len);
			calendar = cut != 0;
		}
		if (!cut)
			cut = relative_stamp(text, len);
		if (!cut && !blanks)
			cut = node_stamp(text, len);
		if (!cut && !blanks)
			cut = level(text, len);
		if (!cut && !blanks)
			cut = kmsg_header(text, len);
		if (!cut)
			cut = syslog_header(text, len);
		if (!cut && !blanks)
			cut = decoded_level(text, len);
		if (!cut && !blanks)
			cut = iso_stamp(text, len);
		if (!cut)
			break;
		line->text = text + cut;
		line->len = len - cut;
	}
	/* the blank between stamp and text */
	if ((line->time_us >= 0 || calendar) && line->len && line->text[0] == ' ') {
		line->text++;
		line->len--;
	}
}

/* Where the time stamp of another line begins inside this line, or len. Only the form of the kernel's
 * printk counts: six digits after the point. */
static size_t inner_stamp(const char *text, size_t len)
{
	const char *p = text;
	size_t left = len;

	while ((p = memchr(p, '[', left))) {
		int64_t time_us;
		size_t at = (size_t)(p - text), stamp = time_stamp(p, len - at, &time_us);

		if (stamp >= 9 && p[stamp - 8] == '.')
			return at;
		p++;
		left = len - at - 1;
	}
	return len;
}

int report_line_next(struct report_cursor *cursor, struct report_line *line)
{
	const char *start = cursor->text + cursor->pos;
	size_t full, taken, inner, head;

	if (cursor->pos >= cursor->len)
		return 0;
	if (!cursor->end || cursor->end < cursor->pos) {
		const char *newline = memchr(start, '\n', cursor->len - cursor->pos);

		cursor->end = newline ? (size_t)(newline - cursor->text) : cursor->len;
	}
	full = cursor->end - cursor->pos;
	memset(line, 0, sizeof(*line));
	line->offset = cursor->pos;
	line->number = cursor->number;
	line->time_us = -1;
	line->text = start;
	line->len = taken = full < REPORT_LINE_MAX ? full : REPORT_LINE_MAX;
	strip_prefixes(line);
	head = (size_t)(line->text - start);
	inner = inner_stamp(line->text, line->len);
	if (inner < line->len) {
		/* a "<N>" before the inner stamp belongs to it */
		taken = head + inner;
		line->len = inner;
		if (inner >= 3 && line->text[inner - 1] == '>' && line->text[inner - 3] == '<') {
			line->len -= 3;
			taken -= 3;
		}
		if (taken == 0)
			taken = 1;
		cursor->pos += taken;
	} else {
		line->whole = cursor->end < cursor->len;
		cursor->pos += full + (size_t)line->whole;
		cursor->number += (size_t)line->whole;
		cursor->end = 0;
	}
	while (line->len && ((unsigned char)line->text[line->len - 1] <= ' '))
		line->len--;
	return 1;
}
