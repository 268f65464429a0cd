/* SPDX-License-Identifier: MIT */
/*
 * dump: the bytes of a crash dump by file offset, and the counts of what was read.
 *
 * The dump may be a file, /proc/vmcore, or a test's memory: whoever has it supplies read_at. Nothing
 * here trusts a length or an offset: past the end is an error, never a short answer.
 */
#ifndef DMESG_DUMP_H
#define DMESG_DUMP_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#include "base/err.h"

enum dump_order { DUMP_LITTLE, DUMP_BIG };

struct dump {
	/* Up to len bytes from offset off: how many (0 at the end), or -1 with errno set. */
	ssize_t (*read_at)(void *arg, void *buf, size_t len, uint64_t off);
	void *arg;
	uint64_t calls, bytes; /* read so far, for --info and the tests */
	/* The first block, which holds the headers of an ordinary dump: read once. */
	uint64_t head_off;
	size_t head_len;
	uint8_t head[4096];
};

/* A dump that is an open file; fd stays the caller's. */
void dump_open_fd(struct dump *dump, const int *fd);
/* A dump in memory: what a fuzzer or a unit test has. memory must outlive the dump. */
struct dump_memory {
	const uint8_t *bytes;
	size_t len;
};
void dump_open_memory(struct dump *dump, const struct dump_memory *memory);

/* Exactly len bytes into buf, or -1. */
int dump_read(struct err *err, struct dump *dump, void *buf, size_t len, uint64_t off);
/* The same for headers: through a block of sizeof head bytes that is kept. len <= sizeof head. */
int dump_read_small(struct err *err, struct dump *dump, void *buf, size_t len, uint64_t off);

/* Integers of the dump's byte order; size is 1, 2, 4 or 8. Inline: every field goes through it. */
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
