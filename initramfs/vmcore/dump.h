/* SPDX-License-Identifier: MIT */
/*
 * dump: the bytes of a crash dump by file offset, and integers of its byte order.
 *
 * A dump is an open file, /proc/vmcore among them, or memory (of a fuzzer or a test). No length or
 * offset is trusted: what lies past the end is an error, never a short answer.
 */
#ifndef VMCORE_DUMP_H
#define VMCORE_DUMP_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"

enum { DUMP_SMALL = 4096 };

struct dump;

/* NULL: no memory. fd stays the caller's, and open as long as the dump. */
struct dump *dump_open_fd(struct err *err, int fd);
/* The same of len bytes, which must outlive the dump. */
struct dump *dump_open_memory(struct err *err, const uint8_t *bytes, size_t len);
void dump_close(struct dump *dump);

/* Exactly len bytes into buf, or -1. */
int dump_read(struct err *err, struct dump *dump, void *buf, size_t len, uint64_t off);
/* The same of at most DUMP_SMALL bytes through one kept block: for headers, which lie close by. */
int dump_read_small(struct err *err, struct dump *dump, void *buf, size_t len, uint64_t off);
/* How often the file was read so far, and how many bytes. */
void dump_count(const struct dump *dump, uint64_t *calls, uint64_t *bytes);

enum dump_order { DUMP_LITTLE, DUMP_BIG };

/* An integer of size 1, 2, 4 or 8 bytes. Inline: every field of every record is read with it. */
static inline uint64_t dump_uint(enum dump_order order, const void *bytes, size_t size)
{
	int swap = (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) != (order == DUMP_LITTLE);
	uint16_t two;
	uint32_t four;
	uint64_t eight;

	switch (size) {
	case 1:
		return *(const uint8_t *)bytes;
	case 2:
		memcpy(&two, bytes, 2);
		return swap ? __builtin_bswap16(two) : two;
	case 4:
		memcpy(&four, bytes, 4);
		return swap ? __builtin_bswap32(four) : four;
	default:
		memcpy(&eight, bytes, 8);
		return swap ? __builtin_bswap64(eight) : eight;
	}
}

#endif
