/* SPDX-License-Identifier: MIT */
/* json: writes objects; see json.h. Pure. */
#include "json.h"

#include <stdio.h>
#include <string.h>

size_t json_utf8(const char *text, size_t len)
{
	const unsigned char *c = (const unsigned char *)text;
	size_t n;

	if (len == 0)
		return 0;
	if (c[0] < 0x80)
		n = 1;
	else if (c[0] >= 0xc2 && c[0] < 0xe0)
		n = 2;
	else if (c[0] >= 0xe0 && c[0] < 0xf0)
		n = 3;
	else if (c[0] >= 0xf0 && c[0] < 0xf5)
		n = 4;
	else
		return 0;
	if (n > len)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	if ((c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xed && c[1] > 0x9f) ||
	    (c[0] == 0xf0 && c[1] < 0x90) || (c[0] == 0xf4 && c[1] > 0x8f))
		return 0;
	return n;
}

/*
 * 1 for what a terminal may obey although it is valid JSON: C0 and C1 controls, DEL, and the marks that
 * change the direction of the text after them.
 */
static int json_is_control(unsigned int c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x200e || c == 0x200f ||
	       (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* The character of a valid sequence of n bytes; one of four bytes is no control, and 0x10000 here. */
static unsigned int json_character(const unsigned char *c, size_t n)
{
	if (n == 1)
		return c[0];
	if (n == 2)
		return (c[0] & 0x1fu) << 6 | (c[1] & 0x3fu);
	if (n == 3)
		return (c[0] & 0x0fu) << 12 | (c[1] & 0x3fu) << 6 | (c[2] & 0x3fu);
	return 0x10000;
}

void json_text(struct kv_out *out, const char *text)
{
	const char *end = text + strlen(text);
	char piece[8];

	kv_out_raw(out, "\"");
	for (const char *at = text; at < end;) {
		const unsigned char *c = (const unsigned char *)at;
		size_t n = json_utf8(at, (size_t)(end - at));

		if (n == 0)
			snprintf(piece, sizeof(piece), "\\ufffd");
		else if (json_is_control(json_character(c, n)))
			snprintf(piece, sizeof(piece), "\\u%04x", json_character(c, n) & 0xffff);
		else
			snprintf(piece, sizeof(piece), "%s%.*s",
			    n == 1 && (*c == '"' || *c == '\\') ? "\\" : "", (int)n, at);
		kv_out_raw(out, piece);
		at += n ? n : 1;
	}
	kv_out_raw(out, "\"");
}

void json_key(struct kv_out *out, const char *key)
{
	kv_out_raw(out, out->len && out->buf[out->len - 1] == '{' ? "\"" : ",\"");
	kv_out_raw(out, key);
	kv_out_raw(out, "\":");
}

void json_pair(struct kv_out *out, const char *key, const char *value)
{
	json_key(out, key);
	json_text(out, value);
}

void json_known(struct kv_out *out, const char *key, const char *value)
{
	if (value && value[0])
		json_pair(out, key, value);
}

void json_number(struct kv_out *out, const char *key, long long value)
{
	char text[24];

	if (value < 0)
		return;
	snprintf(text, sizeof(text), "%lld", value);
	json_key(out, key);
	kv_out_raw(out, text);
}
