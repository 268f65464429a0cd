/* SPDX-License-Identifier: MIT */
/* kv: key=value records; see kv.h. Pure but for kv_read_file. */
#include "kv.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hex.h"
#include "num.h"

static size_t kv_decode(char *text, size_t len)
{
	size_t to = 0;

	for (size_t i = 0; i < len; i++) {
		int byte = text[i] == '%' && i + 2 < len ? hex_byte(text + i + 1) : -1;

		if (byte >= 0) {
			text[to++] = (char)byte;
			i += 2;
		} else {
			text[to++] = text[i];
		}
	}
	text[to] = '\0';
	return to;
}

static int kv_key(char *key, size_t len)
{
	if (len == 0)
		return -1;
	for (size_t i = 0; i < len; i++) {
		char c = key[i];

		if (c >= 'A' && c <= 'Z')
			key[i] = c = (char)(c - 'A' + 'a');
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'))
			return -1;
	}
	key[len] = '\0';
	return 0;
}

size_t kv_parse(struct kv *kv, char *buf, size_t len, char sep)
{
	size_t dropped = 0;
	char *end = buf + len;

	kv->count = 0;
	buf[len] = '\0';
	for (char *piece = buf; piece < end;) {
		char *stop = memchr(piece, sep, (size_t)(end - piece));
		char *equals;
		struct kv_pair *pair = &kv->pair[kv->count];

		if (!stop)
			stop = end;
		*stop = '\0';
		equals = memchr(piece, '=', (size_t)(stop - piece));
		if (stop == piece) {
			piece = stop + 1;
			continue;
		}
		if (kv->count == KV_MAX ||
		    kv_key(piece, (size_t)((equals ? equals : stop) - piece))) {
			dropped++;
			piece = stop + 1;
			continue;
		}
		pair->key = piece;
		if (equals) {
			pair->value = equals + 1;
			pair->len = kv_decode(equals + 1, (size_t)(stop - equals - 1));
		} else {
			pair->value = "";
			pair->len = 0;
		}
		kv->count++;
		piece = stop + 1;
	}
	return dropped;
}

const struct kv_pair *kv_find(const struct kv *kv, const char *key)
{
	for (size_t i = kv->count; i-- > 0;)
		if (strcmp(kv->pair[i].key, key) == 0)
			return &kv->pair[i];
	return NULL;
}

const char *kv_get(const struct kv *kv, const char *key)
{
	const struct kv_pair *pair = kv_find(kv, key);

	return pair ? pair->value : NULL;
}

uint64_t kv_u64(const struct kv *kv, const char *key, uint64_t max, uint64_t absent)
{
	const struct kv_pair *pair = kv_find(kv, key);
	struct err ignored;
	uint64_t value;

	if (!pair || num_u64(&ignored, key, pair->value, pair->len, 0, max, &value))
		return absent;
	return value;
}

void kv_out_init(struct kv_out *out, char *buf, size_t size)
{
	out->buf = buf;
	out->size = size;
	out->len = 0;
	out->overflow = 0;
	buf[0] = '\0';
}

static void kv_out_bytes(struct kv_out *out, const char *bytes, size_t len)
{
	if (out->overflow || len >= out->size - out->len) {
		out->overflow = 1;
		return;
	}
	memcpy(out->buf + out->len, bytes, len);
	out->len += len;
	out->buf[out->len] = '\0';
}

void kv_out_raw(struct kv_out *out, const char *text)
{
	kv_out_bytes(out, text, strlen(text));
}

void kv_out_value(struct kv_out *out, const char *value, size_t len)
{
	static const char hex[] = "0123456789ABCDEF"; /* RFC 3986, 2.1: upper case */

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)value[i];
		char escaped[3] = {'%', hex[c >> 4], hex[c & 15]};

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    (c && strchr("-._~/:,@", c)))
			kv_out_bytes(out, value + i, 1);
		else
			kv_out_bytes(out, escaped, 3);
	}
}

static void kv_out_key(struct kv_out *out, char sep, const char *key)
{
	if (out->len > 0)
		kv_out_bytes(out, &sep, 1);
	kv_out_raw(out, key);
	kv_out_raw(out, "=");
}

void kv_out_pair(struct kv_out *out, char sep, const char *key, const char *value)
{
	if (!value)
		return;
	kv_out_key(out, sep, key);
	kv_out_value(out, value, strlen(value));
}

void kv_out_num(struct kv_out *out, char sep, const char *key, unsigned long long value)
{
	char digits[24];
	size_t at = sizeof(digits);

	/* The counts of every log are written so, again and again. */
	do
		digits[--at] = (char)('0' + value % 10);
	while (value /= 10);
	kv_out_key(out, sep, key);
	kv_out_bytes(out, digits + at, sizeof(digits) - at);
}

void kv_out_all(struct kv_out *out, char sep, const struct kv *kv)
{
	for (size_t i = 0; i < kv->count; i++) {
		const struct kv_pair *pair = &kv->pair[i];

		kv_out_key(out, sep, pair->key);
		kv_out_value(out, pair->value, pair->len);
	}
}

/* (O_NONBLOCK: a FIFO where a file should be must not keep anyone waiting.) */
int kv_read_file(struct err *err, const char *path, char *buf, size_t size, struct kv *kv)
{
	size_t len = 0;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return err_errno(err, "%s", path);
	while (len < size - 1 && (n = read(fd, buf + len, size - 1 - len)) != 0) {
		if (n < 0) {
			err_errno(err, "%s", path);
			close(fd);
			return -1;
		}
		len += (size_t)n;
	}
	close(fd);
	kv_parse(kv, buf, len, '\n');
	return 0;
}
