/* SPDX-License-Identifier: MIT */
/* render: records to text; see render.h. Pure, but for the time zone with RENDER_CTIME. */
#include "render.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/hex.h"

void render_init(struct render *render, enum render_form form,
    int (*write)(void *arg, const char *text, size_t len), void *arg)
{
	memset(render, 0, sizeof(*render));
	render->form = form;
	render->write = write;
	render->arg = arg;
}

static void render_flush(struct render *render)
{
	if (render->len && !render->failed && render->write(render->arg, render->buf, render->len))
		render->failed = 1;
	render->len = 0;
}

static void render_put(struct render *render, const char *text, size_t len)
{
	while (len > 0) {
		size_t n = sizeof(render->buf) - render->len;

		if (n > len)
			n = len;
		memcpy(render->buf + render->len, text, n);
		render->len += n;
		text += n;
		len -= n;
		if (render->len == sizeof(render->buf))
			render_flush(render);
	}
}

static void render_puts(struct render *render, const char *text)
{
	render_put(render, text, strlen(text));
}

/* A decimal number, padded on the left to width (at most 20); returns the end. */
static char *render_digits(char *to, uint64_t value, unsigned width, char pad)
{
	char digits[20];
	unsigned n = 0;

	do {
		digits[n++] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	for (; width > n; width--)
		*to++ = pad;
	while (n > 0)
		*to++ = digits[--n];
	return to;
}

static void render_number(struct render *render, uint64_t value)
{
	char text[20];

	render_put(render, text, (size_t)(render_digits(text, value, 0, ' ') - text));
}

static void render_hex_byte(struct render *render, unsigned char c)
{
	char text[5] = "\\x";

	hex_text(&c, 1, text + 2);
	render_put(render, text, 4);
}

/*
 * How many bytes at the beginning are printing ASCII, first in steps of 8: in each byte of x one of the
 * three terms has its top bit set if the byte is below 0x20, 0x7f, or above. (A borrow may do the same
 * to the next byte, so the second loop decides.)
 */
static size_t render_plain(const char *text, size_t len)
{
	const uint64_t ones = 0x0101010101010101ULL;
	size_t n = 0;

	for (uint64_t x; len - n >= 8; n += 8) {
		memcpy(&x, text + n, 8);
		if (((x - 0x20 * ones) | (x + ones) | x) & 0x80 * ones)
			break;
	}
	while (n < len && text[n] >= 0x20 && text[n] < 0x7f)
		n++;
	return n;
}

static char *render_caller(char *to, uint32_t caller, unsigned width)
{
	char id[12], *end;

	id[0] = caller & 0x80000000 ? 'C' : 'T';
	end = render_digits(id + 1, caller & 0x7fffffff, 0, ' ');
	for (; width > (unsigned)(end - id); width--)
		*to++ = ' ';
	memcpy(to, id, (size_t)(end - id));
	return to + (end - id);
}

static char *render_seconds(char *to, uint64_t ns, unsigned width)
{
	to = render_digits(to, ns / 1000000000, width, ' ');
	*to++ = '.';
	return render_digits(to, ns % 1000000000 / 1000, 6, '0');
}

static char *render_ctime(const struct render *render, char *to, size_t size, uint64_t ns)
{
	time_t seconds;
	struct tm tm;

	/* a damaged time may be anything: keep to years that strftime can print */
	if (ns > INT64_MAX / 4)
		ns = INT64_MAX / 4;
	seconds = (time_t)((render->boot_ns + (int64_t)ns) / 1000000000);
	if (!localtime_r(&seconds, &tm))
		return to;
	return to + strftime(to, size, "[%a %b %e %H:%M:%S %Y]", &tm);
}

static void render_prefix(struct render *render, const struct klog_record *record)
{
	int caller = record->has_caller ? render->callers >= 0 : render->callers > 0;
	char text[128], *p = text;

	if (render->form == RENDER_RAW && record->level >= 0) {
		*p++ = '<';
		p = render_digits(
		    p, (uint64_t)record->facility << 3 | (unsigned)record->level, 0, ' ');
		*p++ = '>';
	}
	if (record->has_time && !record->stamp) {
		if (render->form == RENDER_CTIME) {
			p = render_ctime(render, p, 64, record->ts_nsec);
		} else {
			*p++ = '[';
			p = render_seconds(p, record->ts_nsec, 5);
			*p++ = ']';
		}
		if (caller) {
			*p++ = '[';
			p = render_caller(p, record->caller, 6);
			*p++ = ']';
		}
		*p++ = ' ';
	}
	render_put(render, text, (size_t)(p - text));
}

static void render_newline(struct render *render, int level)
{
	render_put(render, "\n", 1);
	if (render->levels)
		levels_add(render->levels, level);
}

static void render_end_line(struct render *render)
{
	if (render->open)
		render_newline(render, render->level);
	render->open = 0;
}

static void render_lines(struct render *render, const struct klog_record *record)
{
	const char *text = record->text, *end = text + record->len;

	if (!(record->flags & KLOG_NO_PREFIX)) {
		render_end_line(render);
		render_prefix(render, record);
		render->level = record->level;
	}
	for (;;) {
		size_t left = (size_t)(end - text), n;

		if (render->form == RENDER_RAW) {
			const char *newline = memchr(text, '\n', left);

			n = newline ? (size_t)(newline - text) : left;
		} else {
			n = render_plain(text, left);
		}
		render_put(render, text, n);
		text += n;
		if (text == end)
			break;
		if (*text == '\n') {
			render_newline(render, render->level);
			render_prefix(render, record);
		} else if (*text == '\t') {
			render_put(render, "\t", 1);
		} else {
			/* a control character, which may act on a terminal, or not ASCII */
			render_hex_byte(render, (unsigned char)*text);
		}
		text++;
	}
	render->open = 1;
	if (!(record->flags & KLOG_NO_NEWLINE))
		render_end_line(render);
}

/* The length of the UTF-8 sequence (RFC 3629) at text; 0: invalid there. */
static size_t render_utf8(const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;
	uint32_t code;
	size_t n;

	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		n = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		n = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		n = 4;
	else
		return 0;
	if (n > len)
		return 0;
	code = p[0] & (0x7fU >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (p[i] & 0x3f);
	}
	if ((n == 3 && code < 0x800) || (n == 4 && code < 0x10000) || code > 0x10ffff ||
	    (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return n;
}

static void render_json_text(struct render *render, const char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		unsigned char c = (unsigned char)text[i];
		size_t n = c < 0x80 ? 1 : render_utf8(text + i, len - i);
		char code[8];

		if (n == 0) {
			render_put(render, "\\", 1); /* a backslash in the string, then xNN */
			render_hex_byte(render, c);
			n = 1;
		} else if (c == '"' || c == '\\') {
			render_put(render, "\\", 1);
			render_put(render, text + i, 1);
		} else if (c == '\n') {
			render_put(render, "\\n", 2);
		} else if (c == '\t') {
			render_put(render, "\\t", 2);
		} else if (c < 0x20 || c == 0x7f) {
			snprintf(code, sizeof(code), "\\u%04x", c);
			render_puts(render, code);
		} else {
			render_put(render, text + i, n);
		}
		i += n;
	}
}

static void render_json(struct render *render, const struct klog_record *record)
{
	char text[64];

	render_puts(render, "{\"seq\":");
	render_number(render, record->seq);
	if (record->has_time) {
		render_puts(render, ",\"time\":");
		render_put(render, text, (size_t)(render_seconds(text, record->ts_nsec, 0) - text));
	}
	if (record->level >= 0) {
		render_puts(render, ",\"level\":");
		render_number(render, (unsigned)record->level);
		render_puts(render, ",\"facility\":");
		render_number(render, (unsigned)record->facility);
	}
	if (record->has_caller || (record->caller && render->callers >= 0)) {
		render_puts(render, ",\"caller\":\"");
		render_put(render, text, (size_t)(render_caller(text, record->caller, 0) - text));
		render_put(render, "\"", 1);
	}
	if (record->flags & KLOG_UNFINISHED)
		render_puts(render, ",\"unfinished\":true");
	if (record->flags & KLOG_NO_PREFIX)
		render_puts(render, ",\"continues\":true");
	render_puts(render, ",\"text\":\"");
	render_json_text(render, record->text + record->stamp, record->len - record->stamp);
	render_puts(render, "\"}\n");
}

static int render_record(void *arg, const struct klog_record *record)
{
	struct render *render = arg;
	char text[80];

	if (render->form == RENDER_JSON) {
		render_json(render, record);
		return render->failed ? -1 : 0;
	}
	render_lines(render, record);
	if (record->flags & KLOG_UNFINISHED) {
		render_end_line(render);
		snprintf(text, sizeof(text),
		    "[lastwords: the record above was not finished: seq %llu]",
		    (unsigned long long)record->seq);
		render_puts(render, text);
		render_newline(render, LEVELS_UNKNOWN);
	}
	return render->failed ? -1 : 0;
}

size_t render_hole_text(const struct klog_hole *hole, char *text, size_t size)
{
	unsigned long long count = hole->count, first = hole->first, last = hole->last;
	const char *plural = count == 1 ? "" : "s";
	int n;

	if (count == 0 && hole->bytes)
		n = snprintf(text, size, "[lastwords: records lost: %llu bytes unreadable]",
		    (unsigned long long)hole->bytes);
	else if (count == 0)
		n = snprintf(
		    text, size, "[lastwords: %s]", hole->what ? hole->what : "records lost");
	else if (!hole->has_seq)
		n = snprintf(text, size, "[lastwords: %llu record%s lost]", count, plural);
	else if (count == 1)
		n = snprintf(text, size, "[lastwords: 1 record lost: seq %llu]", first);
	else
		n = snprintf(text, size, "[lastwords: %llu records lost: seq %llu\xe2\x80\x93%llu]",
		    count, first, last);
	return n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
}

static int render_hole(void *arg, const struct klog_hole *hole)
{
	struct render *render = arg;
	char text[256];
	size_t n;

	if (render->form != RENDER_JSON) {
		n = render_hole_text(hole, text, sizeof(text) - 1);
		render_end_line(render);
		render_put(render, text, n);
		render_newline(render, LEVELS_UNKNOWN);
	} else if (hole->count && hole->has_seq) {
		render_puts(render, "{\"lost\":");
		render_number(render, hole->count);
		render_puts(render, ",\"first\":");
		render_number(render, hole->first);
		render_puts(render, ",\"last\":");
		render_number(render, hole->last);
		render_puts(render, "}\n");
	} else {
		render_puts(render, "{\"lost\":null,\"what\":\"");
		n = render_hole_text(hole, text, sizeof(text));
		render_json_text(render, text, n);
		render_puts(render, "\"}\n");
	}
	return render->failed ? -1 : 0;
}

struct klog_sink render_sink(struct render *render)
{
	return (struct klog_sink){.record = render_record, .hole = render_hole, .arg = render};
}

int render_finish(struct render *render)
{
	render_end_line(render);
	render_flush(render);
	return render->failed ? -1 : 0;
}
