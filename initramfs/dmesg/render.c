/* SPDX-License-Identifier: MIT */
/* render: records to text; see render.h. Pure but for the time zone that --ctime asks for. */
#include "render.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

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

/* A decimal number, padded on the left to width. */
static void render_number(struct render *render, uint64_t value, size_t width, char pad)
{
	char digits[40];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	while (sizeof(digits) - at < width)
		digits[--at] = pad;
	render_put(render, digits + at, sizeof(digits) - at);
}

static void render_hex_byte(struct render *render, unsigned char c)
{
	static const char digits[] = "0123456789abcdef";
	char text[4] = {'\\', 'x', digits[c >> 4], digits[c & 15]};

	render_put(render, text, sizeof(text));
}

/* Text with every byte that could act on a terminal, or is no ASCII, as \xNN. */
static void render_escaped(struct render *render, const char *text, size_t len)
{
	size_t from = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c >= 0x20 && c < 0x7f) || c == '\t')
			continue;
		render_put(render, text + from, i - from);
		render_hex_byte(render, c);
		from = i + 1;
	}
	render_put(render, text + from, len - from);
}

static void render_caller(struct render *render, uint32_t caller, size_t width)
{
	char text[16];
	size_t n = (size_t)snprintf(
	    text, sizeof(text), "%c%u", caller & 0x80000000 ? 'C' : 'T', caller & 0x7fffffff);

	for (; n < width; width--)
		render_put(render, " ", 1);
	render_put(render, text, n);
}

static void render_seconds(struct render *render, uint64_t ns, size_t width)
{
	render_number(render, ns / 1000000000, width, ' ');
	render_put(render, ".", 1);
	render_number(render, ns % 1000000000 / 1000, 6, '0');
}

static void render_ctime(struct render *render, uint64_t ns)
{
	char text[64];
	time_t seconds;
	struct tm tm;

	/* a damaged time stamp may be anything; strftime must only see years that people know */
	if (ns > INT64_MAX / 4)
		ns = INT64_MAX / 4;
	seconds = (time_t)((render->boot_ns + (int64_t)ns) / 1000000000);
	if (!localtime_r(&seconds, &tm) ||
	    strftime(text, sizeof(text), "[%a %b %e %H:%M:%S %Y]", &tm) == 0)
		return;
	render_puts(render, text);
}

static void render_prefix(struct render *render, const struct klog_record *record)
{
	int caller = record->has_caller ? render->callers >= 0 : render->callers > 0;

	if (render->form == RENDER_RAW && record->level >= 0) {
		render_put(render, "<", 1);
		render_number(
		    render, (uint64_t)record->facility << 3 | (unsigned)record->level, 0, ' ');
		render_put(render, ">", 1);
	}
	if (record->has_time && !record->stamp) {
		if (render->form == RENDER_CTIME) {
			render_ctime(render, record->ts_nsec);
		} else {
			render_put(render, "[", 1);
			render_seconds(render, record->ts_nsec, 5);
			render_put(render, "]", 1);
		}
	} else {
		caller = 0;
	}
	if (caller) {
		render_put(render, "[", 1);
		render_caller(render, record->caller, 6);
		render_put(render, "]", 1);
	}
	if (record->has_time && !record->stamp)
		render_put(render, " ", 1);
}

static void render_end_line(struct render *render)
{
	if (render->open)
		render_put(render, "\n", 1);
	render->open = 0;
}

static void render_lines(struct render *render, const struct klog_record *record)
{
	const char *text = record->text;
	size_t left = record->len;
	int prefix = !(record->flags & KLOG_NO_PREFIX);

	for (;;) {
		const char *newline = memchr(text, '\n', left);
		size_t n = newline ? (size_t)(newline - text) : left;

		if (prefix) {
			render_end_line(render);
			render_prefix(render, record);
		}
		if (render->form == RENDER_RAW)
			render_put(render, text, n);
		else
			render_escaped(render, text, n);
		render->open = 1;
		if (!newline)
			break;
		render_end_line(render);
		prefix = 1;
		text = newline + 1;
		left -= n + 1;
	}
	if (!(record->flags & KLOG_NO_NEWLINE))
		render_end_line(render);
}

/* The length of the UTF-8 sequence at text (RFC 3629), 0 if there is none. */
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
	render_puts(render, "{\"seq\":");
	render_number(render, record->seq, 0, ' ');
	if (record->has_time) {
		render_puts(render, ",\"time\":");
		render_seconds(render, record->ts_nsec, 0);
	}
	if (record->level >= 0) {
		render_puts(render, ",\"level\":");
		render_number(render, (unsigned)record->level, 0, ' ');
		render_puts(render, ",\"facility\":");
		render_number(render, (unsigned)record->facility, 0, ' ');
	}
	if (record->has_caller || (record->caller && render->callers >= 0)) {
		render_puts(render, ",\"caller\":\"");
		render_caller(render, record->caller, 0);
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
		    "[lastwords: the record above was not finished: seq %llu]\n",
		    (unsigned long long)record->seq);
		render_puts(render, text);
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
		render_put(render, "\n", 1);
	} else if (hole->count && hole->has_seq) {
		render_puts(render, "{\"lost\":");
		render_number(render, hole->count, 0, ' ');
		render_puts(render, ",\"first\":");
		render_number(render, hole->first, 0, ' ');
		render_puts(render, ",\"last\":");
		render_number(render, hole->last, 0, ' ');
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
