/* SPDX-License-Identifier: MIT */
/* netconsole: packets into their fields, records into lines; see netconsole.h. */
#include "netconsole.h"

#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "base/num.h"

/* --- packets -------------------------------------------------------------------------------------- */

/* One comma-separated field of the header. */
struct field {
	const char *text;
	size_t len;
};

/* 0: there is no field left, or it has a byte that does not print. */
static int header_field(const char **at, const char *end, struct field *field)
{
	const char *p = *at;

	if (p > end)
		return 0;
	for (; p < end && *p != ','; p++)
		if (*p <= ' ' || *p > '~')
			return 0;
	field->text = *at;
	field->len = (size_t)(p - *at);
	*at = p + 1;
	return 1;
}

/* A decimal number at at, by the rules of num.h, without a message. Where it ends, or NULL. */
static const char *digits_read(const char *at, const char *end, uint64_t max, uint64_t *out)
{
	const char *begin = at, *safe = end - at > 19 ? at + 19 : end;
	uint64_t n = 0, digit;

	/* 19 digits are always less than 2^64. */
	for (; at < safe && (digit = (uint64_t)(*at - '0')) <= 9; at++)
		n = n * 10 + digit;
	if (at == begin || n > max)
		return NULL;
	if (at < end && at == begin + 19 && (digit = (uint64_t)(*at - '0')) <= 9) {
		if (n > max / 10 || n * 10 > max - digit)
			return NULL;
		n = n * 10 + digit;
		at++;
	}
	*out = n;
	return at;
}

static int header_number(const char *text, size_t len, uint64_t max, uint64_t *out)
{
	return digits_read(text, text + len, max, out) == text + len ? 0 : -1;
}

/* A field that is a number, followed by another field. */
static int header_number_field(const char **at, const char *end, uint64_t max, uint64_t *out)
{
	const char *stop = digits_read(*at, end, max, out);

	if (!stop || stop == end || *stop != ',')
		return -1;
	*at = stop + 1;
	return 0;
}

static int header_is(const struct field *field, const char *key, struct field *value)
{
	size_t len = strlen(key);

	if (field->len < len || memcmp(field->text, key, len) != 0)
		return 0;
	value->text = field->text + len;
	value->len = field->len - len;
	return 1;
}

static int header_fragment(const struct field *value, struct netconsole_packet *packet)
{
	const char *slash = memchr(value->text, '/', value->len);
	uint64_t offset, total;
	size_t len;

	if (!slash)
		return -1;
	len = (size_t)(slash - value->text);
	if (header_number(value->text, len, UINT32_MAX, &offset) ||
	    header_number(slash + 1, value->len - len - 1, UINT32_MAX, &total) || total == 0 ||
	    packet->body_len == 0 || offset > total || packet->body_len > total - offset)
		return -1;
	if (total > NETCONSOLE_BODY_MAX) {
		packet->body_len = offset ? 0 : packet->body_len;
		return 0;
	}
	packet->fragment = 1;
	packet->offset = (uint32_t)offset;
	packet->total = (uint32_t)total;
	return 0;
}

static int header_extra(const struct field *field, struct netconsole_packet *packet)
{
	struct field value;

	if (header_is(field, "ncfrag=", &value))
		return header_fragment(&value, packet);
	if (header_is(field, "caller=", &value)) {
		if (value.len == 0 || value.len > NETCONSOLE_CALLER_MAX)
			return -1;
		packet->caller = value.text;
		packet->caller_len = value.len;
		return 0;
	}
	/* A key that some later kernel adds. */
	return memchr(field->text, '=', field->len) ? 0 : -1;
}

static int header_parse(const char *at, const char *end, struct netconsole_packet *packet)
{
	const char *begin = at;
	struct field field;
	uint64_t prio;

	if (header_number_field(&at, end, UINT32_MAX, &prio)) {
		at = begin;
		if (!header_field(&at, end, &field) || !memchr(field.text, '.', field.len) ||
		    at > end || header_number_field(&at, end, UINT32_MAX, &prio))
			return -1;
		packet->release = field.text;
		packet->release_len = field.len;
	}
	packet->prio = prio < NETCONSOLE_PRIO_MAX ? (unsigned int)prio : NETCONSOLE_PRIO_MAX;
	/* NETCONSOLE_NO_TIME is no valid time, and seq + 1 must exist. */
	if (header_number_field(&at, end, INT64_MAX, &packet->seq) ||
	    header_number_field(&at, end, INT64_MAX, &packet->usec))
		return -1;
	if (at == end || (*at != '-' && *at != 'c' && *at != '+') || (at + 1 < end && at[1] != ','))
		return -1;
	packet->flag = *at;
	for (at += 2; at <= end;)
		if (!header_field(&at, end, &field) || header_extra(&field, packet))
			return -1;
	return 0;
}

void netconsole_parse(const char *buf, size_t len, struct netconsole_packet *packet)
{
	const char *semicolon =
	    memchr(buf, ';', len < NETCONSOLE_HEADER_MAX ? len : NETCONSOLE_HEADER_MAX);

	memset(packet, 0, sizeof(*packet));
	/* Every extended packet begins with a digit, of its priority or its release. */
	if (semicolon && buf[0] >= '0' && buf[0] <= '9') {
		packet->body = semicolon + 1;
		packet->body_len = len - (size_t)(semicolon + 1 - buf);
		if (packet->body_len <= NETCONSOLE_BODY_MAX &&
		    header_parse(buf, semicolon, packet) == 0) {
			packet->extended = 1;
			return;
		}
		memset(packet, 0, sizeof(*packet));
	}
	packet->body = buf;
	packet->body_len = len;
}

/* --- lines ---------------------------------------------------------------------------------------- */

void netconsole_line_init(
    struct netconsole_line *out, void (*line)(void *arg, const char *text, size_t len), void *arg)
{
	out->line = line;
	out->arg = arg;
	out->len = out->prefix_len = 0;
}

static void line_begin(struct netconsole_line *out)
{
	memcpy(out->text, out->prefix, out->prefix_len);
	out->len = out->prefix_len;
}

void netconsole_line_end(struct netconsole_line *out)
{
	out->line(out->arg, out->text, out->len);
	line_begin(out);
}

void netconsole_line_byte(struct netconsole_line *out, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";

	if (out->len + 4 > sizeof(out->text))
		netconsole_line_end(out);
	if ((c >= ' ' && c <= '~') || c == '\t') {
		out->text[out->len++] = (char)c;
		return;
	}
	out->text[out->len++] = '\\';
	out->text[out->len++] = 'x';
	out->text[out->len++] = hex[c >> 4];
	out->text[out->len++] = hex[c & 15];
}

/* The byte that \xNN at text stands for, or -1. */
static int render_escape(const char *text, size_t len)
{
	return len < 4 || text[0] != '\\' || text[1] != 'x' ? -1 : hex_byte(text + 2);
}

/* "[%5llu.%06llu]", for every line: printf would be too slow. At most 23 bytes. */
static size_t render_stamp(char *out, uint64_t usec)
{
	char digits[24];
	size_t at = sizeof(digits);
	uint64_t seconds = usec / 1000000;

	digits[--at] = ']';
	usec %= 1000000;
	for (int i = 0; i < 6; i++, usec /= 10)
		digits[--at] = (char)('0' + usec % 10);
	digits[--at] = '.';
	do
		digits[--at] = (char)('0' + seconds % 10);
	while (seconds /= 10);
	while (at > sizeof(digits) - 13)
		digits[--at] = ' ';
	digits[--at] = '[';
	memcpy(out, digits + at, sizeof(digits) - at);
	return sizeof(digits) - at;
}

/* 1 if all sixteen bytes print and none is a backslash. Without an early exit the compiler uses vector
 * instructions. */
static int render_sixteen(const char *body)
{
	unsigned char bad = 0;

	for (int i = 0; i < 16; i++) {
		unsigned char c = (unsigned char)body[i];

		bad |= (unsigned char)((unsigned char)(c - ' ') > '~' - ' ') | (c == '\\');
	}
	return !bad;
}

/* Copies the beginning of the body up to the first byte that needs escaping; how many bytes. */
static size_t render_plain(struct netconsole_line *out, const char *body, size_t len)
{
	size_t room = sizeof(out->text) - 4 - out->len, n = 0;

	if (len > room)
		len = room;
	else if (len && body[len - 1] == '\n')
		len--;
	while (n + 16 <= len && render_sixteen(body + n))
		n += 16;
	/* The last sixteen bytes overlap those before. */
	if (len - n < 16 && len >= 16 && render_sixteen(body + len - 16))
		n = len;
	while (n < len && body[n] >= ' ' && body[n] <= '~' && body[n] != '\\')
		n++;
	memcpy(out->text + out->len, body, n);
	out->len += n;
	return n;
}

void netconsole_render(struct netconsole_line *out, const struct netconsole_packet *packet)
{
	const char *body = packet->body;
	size_t len = packet->body_len, n = render_stamp(out->prefix, packet->usec);

	if (packet->caller_len) {
		size_t pad = packet->caller_len < 6 ? 6 - packet->caller_len : 0;

		out->prefix[n++] = '[';
		memset(out->prefix + n, ' ', pad);
		memcpy(out->prefix + n + pad, packet->caller, packet->caller_len);
		n += pad + packet->caller_len;
		out->prefix[n++] = ']';
	}
	out->prefix[n++] = ' ';
	out->prefix_len = n;
	line_begin(out);
	for (size_t i = render_plain(out, body, len); i < len; i++) {
		int escape = body[i] == '\\' ? render_escape(body + i, len - i) : -1;

		if (body[i] == '\n') {
			/* What follows is the dictionary, unless the sender does not know the format. */
			if (i + 1 == len || body[i + 1] == ' ')
				break;
			netconsole_line_end(out);
		} else if (escape == '\n') {
			netconsole_line_end(out);
			i += 3;
		} else if (escape == '\t' || escape == '\\') {
			netconsole_line_byte(out, (unsigned char)escape);
			i += 3;
		} else {
			netconsole_line_byte(out, (unsigned char)body[i]);
		}
	}
	netconsole_line_end(out);
	out->prefix_len = out->len = 0;
}

size_t netconsole_line_prio_len(const char *text, size_t len)
{
	size_t i = 1;

	if (len == 0 || text[0] != '<')
		return 0;
	while (i < len && i <= 3 && text[i] >= '0' && text[i] <= '9')
		i++;
	return i > 1 && i < len && text[i] == '>' ? i + 1 : 0;
}

uint64_t netconsole_line_usec(const char *text, size_t len)
{
	uint64_t seconds = 0, usec = 0;
	size_t i = netconsole_line_prio_len(text, len), digits = 0;

	if (len - i < 10 || text[i++] != '[')
		return NETCONSOLE_NO_TIME;
	while (i < len && text[i] == ' ')
		i++;
	for (; i < len && text[i] >= '0' && text[i] <= '9'; i++, digits++)
		seconds = seconds * 10 + (uint64_t)(text[i] - '0');
	if (digits == 0 || digits > 12 || i == len || text[i] != '.')
		return NETCONSOLE_NO_TIME;
	for (digits = 0, i++; i < len && text[i] >= '0' && text[i] <= '9'; i++, digits++)
		if (digits < 6)
			usec = usec * 10 + (uint64_t)(text[i] - '0');
	if (digits != 6 || i == len || text[i] != ']')
		return NETCONSOLE_NO_TIME;
	return seconds * 1000000 + usec;
}

const char *netconsole_dictionary(const struct netconsole_packet *packet, size_t *len)
{
	const char *newline =
	    packet->extended ? memchr(packet->body, '\n', packet->body_len) : NULL;

	*len = newline ? packet->body_len - (size_t)(newline + 1 - packet->body) : 0;
	return *len ? newline + 1 : NULL;
}

int netconsole_msgid(const struct netconsole_packet *packet, uint64_t *msgid)
{
	static const char key[] = " msgid=";
	size_t len, digits = 0;
	const char *text = netconsole_dictionary(packet, &len), *at = NULL;
	struct err ignored;

	/* (the last one is the kernel's own: user data come before it) */
	for (size_t i = 0; i + sizeof(key) - 1 < len; i++)
		if ((i == 0 || text[i - 1] == '\n') && memcmp(text + i, key, sizeof(key) - 1) == 0)
			at = text + i + sizeof(key) - 1;
	if (!at)
		return 0;
	while (digits < len - (size_t)(at - text) && at[digits] >= '0' && at[digits] <= '9')
		digits++;
	return num_u64(&ignored, "msgid", at, digits, 0, UINT32_MAX, msgid) == 0;
}
