/* SPDX-License-Identifier: MIT */
/* decode: the lines of a report with their source lines; see decode.h. */
#include "decode.h"

#include <string.h>

#include "base/hex.h"

static int decode_is_name(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_' || c == '.' || c == '$';
}

/* "0x12" at *at; -1: none. */
static int decode_hex(const char **at, const char *end, uint64_t *value)
{
	const char *p = *at;

	if (end - p < 3 || p[0] != '0' || p[1] != 'x' || hex_digit(p[2]) < 0)
		return -1;
	*value = 0;
	for (p += 2; p < end && hex_digit(p[0]) >= 0; p++) {
		if (*value >> 28)
			return -1;
		*value = *value << 4 | (uint64_t)hex_digit(p[0]);
	}
	*at = p;
	return 0;
}

static int decode_copy(char *to, size_t size, const char *from, size_t len)
{
	if (len == 0 || len >= size)
		return -1;
	memcpy(to, from, len);
	to[len] = '\0';
	return 0;
}

/* " [module]", or " [module 0123…]" with its build id; absent is no error. */
static int decode_module(const char *p, const char *end, char module[64])
{
	const char *stop;

	if (end - p < 3 || p[0] != ' ' || p[1] != '[')
		return 0;
	stop = memchr(p, ']', (size_t)(end - p));
	if (!stop)
		return 0;
	p += 2;
	for (const char *c = p; c < stop; c++)
		if (*c == ' ')
			stop = c;
	return decode_copy(module, 64, p, (size_t)(stop - p));
}

static int decode_at(const char *line, const char *plus, const char *end, struct source_place *to)
{
	const char *name = plus, *p = plus + 1;

	while (name > line && decode_is_name(name[-1]))
		name--;
	memset(to, 0, sizeof(*to));
	if (decode_hex(&p, end, &to->offset) || p == end || *p++ != '/' ||
	    decode_hex(&p, end, &to->size) ||
	    decode_copy(to->name, sizeof(to->name), name, (size_t)(plus - name)) ||
	    decode_module(p, end, to->module))
		return 0;
	/* RIP, pc, NIP: where it was; all others are where a call returns to */
	to->returns = !memmem(line, (size_t)(name - line), "IP", 2) &&
		      !memmem(line, (size_t)(name - line), "pc : ", 5) &&
		      !memmem(line, (size_t)(name - line), "epc : ", 6);
	return 1;
}

int decode_place(const char *line, size_t len, struct source_place *place)
{
	const char *end = line + len, *plus = line;

	while ((plus = memchr(plus, '+', (size_t)(end - plus)))) {
		if (decode_at(line, plus, end, place))
			return 1;
		plus++;
	}
	return 0;
}

int decode_report(FILE *out, const char *text, size_t len,
    int (*find)(void *arg, const struct source_place *place, char text[SOURCE_TEXT]), void *arg)
{
	const char *at = text, *end = text + len;
	int looked = 0, found = 0;

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t n = (size_t)((newline ? newline : end) - at);
		char where[SOURCE_TEXT];
		struct source_place place;

		fwrite(at, 1, n, out);
		if (n < DECODE_LINE && looked < DECODE_FRAMES && decode_place(at, n, &place)) {
			looked++;
			if (find(arg, &place, where)) {
				found++;
				fprintf(out, " (%s)", where);
			}
		}
		fputc('\n', out);
		at += n + 1;
	}
	return found;
}
