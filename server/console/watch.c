/* SPDX-License-Identifier: MIT */
/* watch: see watch.h. */
#include "watch.h"

#include <string.h>

#include "report/report.h"

enum { ESCAPE_NONE, ESCAPE_BEGUN, ESCAPE_CONTROL, ESCAPE_TEXT, ESCAPE_TEXT_END };

void watch_init(struct watch *watch)
{
	memset(watch, 0, sizeof(*watch));
}

static size_t watch_digits(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && text[n] >= '0' && text[n] <= '9')
		n++;
	return n;
}

/* "[    1.234567] " at text: its length, or 0. */
static size_t watch_stamp(const char *text, size_t len)
{
	size_t at = 1, n;

	while (at < len && text[at] == ' ')
		at++;
	n = watch_digits(text + at, len - at);
	at += n;
	if (n == 0 || at >= len || text[at] != '.' ||
	    watch_digits(text + at + 1, len - at - 1) != 6)
		return 0;
	at += 7;
	return at + 1 < len && text[at] == ']' && text[at + 1] == ' ' ? at + 2 : 0;
}

const char *watch_stamped(const char *line, size_t *len)
{
	const char *end = line + *len;

	for (const char *at = line; (at = memchr(at, '[', (size_t)(end - at))); at++) {
		size_t stamp = watch_stamp(at, (size_t)(end - at));

		if (stamp > 0) {
			*len = (size_t)(end - at) - stamp;
			return at + stamp;
		}
	}
	return NULL;
}

static int watch_has(const char *text, size_t len, const char *words)
{
	return memmem(text, len, words, strlen(words)) != NULL;
}

/* A line is whole. 1 if it is the first death. */
static int watch_line(struct watch *watch)
{
	size_t len = watch->len;
	const char *text = watch_stamped(watch->line, &len);

	watch->len = 0;
	if (text)
		watch->stamped = 1;
	else if (watch->stamped)
		return 0;
	else
		text = watch->line;
	if (len >= 13 && memcmp(text, "Linux version", 13) == 0)
		watch->capture = 0;
	if (watch_has(text, len, "ommand line:") && watch_has(text, len, "elfcorehdr="))
		watch->capture = 1;
	if (watch->died || watch->capture || !report_is_death(text, len))
		return 0;
	watch->died = 1;
	memcpy(watch->death, text, len);
	watch->death[len] = '\0';
	return 1;
}

/* Whether the byte belongs to an escape sequence (ECMA-48). */
static int watch_escape(struct watch *watch, unsigned char c)
{
	switch (watch->escape) {
	case ESCAPE_NONE:
		watch->escape = c == 0x1b ? ESCAPE_BEGUN : ESCAPE_NONE;
		return c == 0x1b;
	case ESCAPE_BEGUN:
		watch->escape = c == '[' ? ESCAPE_CONTROL : c == ']' ? ESCAPE_TEXT : ESCAPE_NONE;
		return 1;
	case ESCAPE_CONTROL:
		if (c >= 0x40 && c <= 0x7e)
			watch->escape = ESCAPE_NONE;
		break;
	default: /* ends with BEL or ESC \ */
		watch->escape = c == 7 || (watch->escape == ESCAPE_TEXT_END && c == '\\')
				    ? ESCAPE_NONE
				: c == 0x1b ? ESCAPE_TEXT_END
					    : ESCAPE_TEXT;
	}
	if (c != '\n')
		return 1;
	watch->escape = ESCAPE_NONE; /* a sequence that was cut ends with its line */
	return 0;
}

int watch_bytes(struct watch *watch, const char *bytes, size_t len)
{
	int found = 0;

	for (size_t i = 0; i < len; i++) {
		const unsigned char c = (unsigned char)bytes[i];

		if (watch_escape(watch, c))
			continue;
		if (c == '\n' || c == '\r')
			found |= watch_line(watch);
		else if ((c >= ' ' || c == '\t') && watch->len < WATCH_LINE_MAX - 1)
			watch->line[watch->len++] = (char)c;
	}
	return found;
}
