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
			while (i < len && is_digit(text[i]))
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
	}
	while (*p == '*')
		p++;
	return !*p;
}

/*
 * The length of what pattern matches at the text's beginning, or 0: '#' digits, '&' letters, '~' blanks or
 * nothing, '*' anything up to the pattern's next character.
 */
static size_t match(const char *pattern, const char *text, size_t len)
{
	size_t i = 0;

	for (; *pattern; pattern++) {
		size_t from = i;

		if (*pattern == '#')
			while (i < len && is_digit(text[i]))
				i++;
		else if (*pattern == '&')
			while (i < len && is_alpha(text[i]))
				i++;
		else if (*pattern == '~')
			while (i < len && text[i] == ' ')
				i++;
		else if (*pattern == '*')
			while (i < len && text[i] != pattern[1])
				i++;
		else if (i < len && text[i] == *pattern)
			i++;
		if (i == from && *pattern != '~' && *pattern != '*')
			return 0;
	}
	return i;
}

/* The number at text, of at most 12 digits; *digits: how many there are. */
static int64_t number(const char *text, size_t *digits)
{
	int64_t value = 0;

	for (*digits = 0; is_digit(text[*digits]); ++*digits)
		if (*digits < 12)
			value = value * 10 + (text[*digits] - '0');
	return value;
}

/* "[  123.456789]"; vendors add the CPU: "[   12.345678@1]", "[   12.345678,0]". */
static size_t time_stamp(const char *text, size_t len, int64_t *time_us)
{
	static const char *const forms[] = {"[~#.#]", "[~#.#@#]", "[~#.#,#]"};
	size_t n = 0, digits;
	int64_t fraction;

	for (size_t i = 0; n == 0 && i < sizeof(forms) / sizeof(forms[0]); i++)
		n = match(forms[i], text, len);
	if (n == 0)
		return 0;
	*time_us = number(text + 1 + match("~", text + 1, len - 1), &digits) * 1000000;
	fraction = number((const char *)memchr(text, '.', n) + 1, &digits);
	for (; digits < 6; digits++)
		fraction *= 10;
	for (; digits > 6; digits--)
		fraction /= 10;
	*time_us += fraction;
	return n;
}

/* "[  T123]", "[    C0]" */
static size_t caller_id(const char *text, size_t len, char *caller, uint32_t *id)
{
	size_t n = match("[~T#]", text, len), kind, digits;

	if (n == 0)
		n = match("[~C#]", text, len);
	if (n == 0)
		return 0;
	kind = 1 + match("~", text + 1, len - 1);
	*caller = text[kind];
	*id = (uint32_t)number(text + kind + 1, &digits);
	return n;
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
		clock |= match("#:#:#", text + i, at - i) > 0;
	}
	if (at && !clock && (words != 1 || memchr(text, ':', at)))
		return 0;
	return at + strlen("kernel: ");
}

/* Prefixes that have nothing we keep. */
static const struct {
	const char *form;
	int after_blanks; /* 1: blanks may be in front of it */
} dropped[] = {
    {"[& & ~# #:#:# #]", 1}, /* dmesg -T */
    /* dmesg -d and -e: the time since the last line; the minute, where it is another one */
    {"[~#.# <~#.#>]", 1},
    {"[<~#.#>]", 1},
    {"[~+#.#]", 1},
    {"[&# #:#]", 1},
    {"[#:#:#][*]", 0}, /* the time of day and the node, in the console log of a Cray */
    {"<#>", 0},
    {"#,#,#,*;", 0}, /* /dev/kmsg (Documentation/ABI/testing/dev-kmsg) */
    {"kern ~:&~: ", 0}, /* dmesg -x */
    /* netconsole's extended header in what a syslog server wrote: it has no tag "kernel:" */
    {"& ~# #:#:# * #,#,#,*;", 0},
    {"#-#-#T#:#:#* * #,#,#,*;", 0},
    {"#-#-#T#:#:#* ", 0}, /* dmesg --time-format=iso, or a logger without a tag */
    {"#-#-# #:#:#* ", 0},
};

/* The length of the prefix at text, or 0; what it has goes into line. */
static size_t prefix_len(struct report_line *line, const char *text, size_t len, int after_blanks)
{
	size_t n = 0;

	if (line->time_us < 0)
		n = time_stamp(text, len, &line->time_us);
	if (n == 0 && !line->caller)
		n = caller_id(text, len, &line->caller, &line->caller_id);
	for (size_t i = 0; n == 0 && i < sizeof(dropped) / sizeof(dropped[0]); i++)
		if (dropped[i].after_blanks || !after_blanks)
			n = match(dropped[i].form, text, len);
	return n > 0 ? n : syslog_header(text, len);
}

static void strip_prefixes(struct report_line *line)
{
	size_t n = 1;
	int stamped = 0;

	while (line->len && (line->text[0] == '\r' || line->text[0] == '\0')) {
		line->text++;
		line->len--;
	}
	for (int round = 0; n > 0 && round < 8; round++) {
		/* Blanks may be between two prefixes; those after the last belong to the text. */
		size_t blanks = match("~", line->text, line->len);

		n = prefix_len(line, line->text + blanks, line->len - blanks, blanks > 0);
		if (n > 0) {
			n += blanks;
			stamped |= line->text[blanks] == '[';
			line->text += n;
			line->len -= n;
		}
	}
	/* ... but for the blank between stamp and text */
	if (stamped && line->len && line->text[0] == ' ') {
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
		if (inner >= 3 && line->text[inner - 1] == '>' && is_digit(line->text[inner - 2]) &&
		    line->text[inner - 3] == '<') {
			line->len -= 3;
			taken -= 3;
		}
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
