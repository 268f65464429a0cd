/* SPDX-License-Identifier: MIT */
/*
 * kv: key=value records, the text form of everything that lastwords stores and sends.
 *
 *   journal line      TIME EVENT SESSION key=value key=value …\n      (separator: space)
 *   metadata file     key=value\n, one a line                          (separator: newline)
 *   query, callback   key=value&key=value                              (separator: '&')
 *
 * Keys are [a-z0-9_-]+. In values every byte outside the unreserved set of RFC 3986 and "/:,@" is
 * written %XX: a value can hold any byte (NUL too) and has no meaning to a line, a file, a shell's
 * `read` or a URL. '+' is never a space (iPXE before 2026-07 sends it raw).
 */
#ifndef LASTWORDS_BASE_KV_H
#define LASTWORDS_BASE_KV_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

enum { KV_MAX = 48 };

struct kv_pair {
	const char *key; /* NUL-terminated, in the record's own buffer */
	const char *value; /* decoded, NUL-terminated; may hold NULs before len */
	size_t len; /* bytes of value */
};

struct kv {
	size_t count;
	struct kv_pair pair[KV_MAX];
};

/*
 * Splits buf (len bytes) at sep and decodes in place; buf must be writable, have one spare byte at
 * buf[len], and outlive kv. Empty pieces are skipped; a piece without '=' is a key with an empty
 * value; an invalid %-escape is kept; of equal keys the last counts; upper case in keys is folded.
 * Never fails: returns how many pieces were dropped (past KV_MAX, or with an invalid key).
 */
size_t kv_parse(struct kv *kv, char *buf, size_t len, char sep);

/* The value of key, or NULL. It is "" if present and empty. */
const char *kv_get(const struct kv *kv, const char *key);
/* As kv_get with the length; NULL if absent. */
const struct kv_pair *kv_find(const struct kv *kv, const char *key);

/* The value of key as a decimal number, 0 to max; absent if it is missing or not such a number. */
uint64_t kv_u64(const struct kv *kv, const char *key, uint64_t max, uint64_t absent);

/* Text in a caller's buffer; text that does not fit is left out and sets overflow. */
struct kv_out {
	char *buf;
	size_t size, len; /* len < size; buf is always NUL-terminated */
	int overflow;
};

void kv_out_init(struct kv_out *out, char *buf, size_t size);
/* Text as it is. */
void kv_out_raw(struct kv_out *out, const char *text);
/* A value, encoded. */
void kv_out_value(struct kv_out *out, const char *value, size_t len);
/* "KEY=VALUE", after sep unless the text is empty. A NULL value writes nothing. */
void kv_out_pair(struct kv_out *out, char sep, const char *key, const char *value);
void kv_out_num(struct kv_out *out, char sep, const char *key, unsigned long long value);

/* All pairs of kv, as kv_out_pair writes them. */
void kv_out_all(struct kv_out *out, char sep, const struct kv *kv);

/* Reads a whole metadata file into buf (size bytes, one is kept spare) and parses it. 0/-1. */
int kv_read_file(struct err *err, const char *path, char *buf, size_t size, struct kv *kv);

#endif
