/* SPDX-License-Identifier: MIT */
/* escape: text of strangers for a page; see escape.h. Pure. */
#include "escape.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"

/* What a byte asks for; all others go out as they are. */
enum { BYTE_PLAIN, BYTE_ENTITY, BYTE_CONTROL, BYTE_UTF8 };

static int escape_kind(unsigned char c)
{
	if (c >= 0x80)
		return BYTE_UTF8;
	if (c == '&' || c == '<' || c == '>' || c == '"' || c == '\'')
		return BYTE_ENTITY;
	return (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f ? BYTE_CONTROL : BYTE_PLAIN;
}

static const char *escape_entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	default:
		return "&#39;";
	}
}

/* The character of a valid sequence of n bytes, from 2 on. */
static uint32_t escape_character(const unsigned char *c, size_t n)
{
	uint32_t character = c[0] & (0x7fu >> n);

	for (size_t i = 1; i < n; i++)
		character = character << 6 | (c[i] & 0x3fu);
	return character;
}

/* C1, and the marks that change the direction of the text after them. */
static int escape_is_mark(uint32_t c)
{
	return (c >= 0x80 && c < 0xa0) || c == 0x61c || c == 0x200e || c == 0x200f ||
	       (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static int escape_put_mark(enum escape how, uint32_t c, escape_put put, void *arg)
{
	static const char before[] = "<span class=\"ctl\">", after[] = "</span>";
	char text[64];
	int n;

	n = snprintf(text, sizeof(text), c < 0x80 ? "%s\\x%02x%s" : "%s\\u{%04x}%s",
	    how == ESCAPE_ELEMENT ? before : "", (unsigned)c, how == ESCAPE_ELEMENT ? after : "");
	return put(arg, text, (size_t)n);
}

/* Puts the character at text that is not plain; *used: its bytes. */
static int escape_one(
    enum escape how, const char *text, size_t len, size_t *used, escape_put put, void *arg)
{
	uint32_t c = (unsigned char)*text;
	const char *entity;

	*used = 1;
	if (c >= 0x80) {
		size_t n = json_utf8(text, len);

		if (n == 0)
			return put(arg, "\xef\xbf\xbd", 3);
		*used = n;
		c = escape_character((const unsigned char *)text, n);
		return escape_is_mark(c) ? escape_put_mark(how, c, put, arg)
					 : put(arg, text, *used);
	}
	if (escape_kind(*text) == BYTE_CONTROL)
		return escape_put_mark(how, c, put, arg);
	if (how == ESCAPE_PLAIN)
		return put(arg, text, 1);
	entity = escape_entity(*text);
	return put(arg, entity, strlen(entity));
}

int escape_text(enum escape how, const char *text, size_t len, escape_put put, void *arg)
{
	size_t plain = 0, used;
	int rc;

	for (size_t at = 0; at < len; at += used) {
		used = 1;
		if (escape_kind((unsigned char)text[at]) == BYTE_PLAIN)
			continue;
		if (at > plain && (rc = put(arg, text + plain, at - plain)) != 0)
			return rc;
		if ((rc = escape_one(how, text + at, len - at, &used, put, arg)) != 0)
			return rc;
		plain = at + used;
	}
	return len > plain ? put(arg, text + plain, len - plain) : 0;
}

int escape_url(const char *text, size_t len, escape_put put, void *arg)
{
	static const char unreserved[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
	char piece[4];
	int rc;

	for (size_t at = 0; at < len; at++) {
		if (text[at] && strchr(unreserved, text[at]))
			rc = put(arg, text + at, 1);
		else
			rc = put(arg, piece,
			    (size_t)snprintf(
				piece, sizeof(piece), "%%%02X", (unsigned char)text[at]));
		if (rc)
			return rc;
	}
	return 0;
}
