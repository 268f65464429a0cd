/* SPDX-License-Identifier: MIT */
/*
 * bytes: a bounded message under construction. What does not fit is left out and sets overflow: a message
 * that overflowed is never sent. Numbers are little-endian, as all of IPMI's.
 */
#ifndef BMC_BYTES_H
#define BMC_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A whole datagram: the longest SOL payload (4 + 255), two AES blocks, header and trailer. */
enum { BYTES_MAX = 512 };

struct bytes {
	size_t len;
	int overflow;
	uint8_t at[BYTES_MAX];
};

static inline void bytes_put(struct bytes *b, const void *data, size_t len)
{
	if (len > sizeof(b->at) - b->len) {
		b->overflow = 1;
		return;
	}
	if (len)
		memcpy(b->at + b->len, data, len);
	b->len += len;
}

static inline void bytes_put8(struct bytes *b, unsigned value)
{
	uint8_t byte = (uint8_t)value;

	bytes_put(b, &byte, 1);
}

static inline void bytes_put16(struct bytes *b, unsigned value)
{
	bytes_put8(b, value);
	bytes_put8(b, value >> 8);
}

static inline void bytes_put32(struct bytes *b, uint32_t value)
{
	bytes_put16(b, value & 0xffff);
	bytes_put16(b, value >> 16);
}

static inline void bytes_fill(struct bytes *b, unsigned value, size_t count)
{
	while (count--)
		bytes_put8(b, value);
}

static inline uint16_t bytes_get16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t bytes_get32(const uint8_t *p)
{
	return bytes_get16(p) | (uint32_t)bytes_get16(p + 2) << 16;
}

#endif
