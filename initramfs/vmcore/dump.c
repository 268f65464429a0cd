/* SPDX-License-Identifier: MIT */
/* dump: the bytes of a crash dump by file offset; see dump.h. Must not interpret them. */
#include "dump.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

struct dump {
	int fd; /* unless memory is set */
	const uint8_t *memory;
	size_t memory_len;
	uint64_t calls, bytes;
	/* the block of dump_read_small */
	uint64_t head_off;
	size_t head_len;
	uint8_t head[DUMP_SMALL];
};

static struct dump *dump_open(struct err *err, int fd, const uint8_t *memory, size_t len)
{
	struct dump *dump = calloc(1, sizeof(*dump));

	if (!dump) {
		err_set(err, "out of memory");
		return NULL;
	}
	dump->fd = fd;
	dump->memory = memory;
	dump->memory_len = len;
	return dump;
}

struct dump *dump_open_fd(struct err *err, int fd)
{
	return dump_open(err, fd, NULL, 0);
}

struct dump *dump_open_memory(struct err *err, const uint8_t *bytes, size_t len)
{
	return dump_open(err, -1, bytes, len);
}

void dump_close(struct dump *dump)
{
	free(dump);
}

void dump_count(const struct dump *dump, uint64_t *calls, uint64_t *bytes)
{
	*calls = dump->calls;
	*bytes = dump->bytes;
}

/* As pread(2). */
static ssize_t dump_read_at(const struct dump *dump, void *buf, size_t len, uint64_t off)
{
	if (!dump->memory && off > (uint64_t)INT64_MAX - len) {
		errno = EINVAL;
		return -1;
	}
	if (!dump->memory)
		return pread(dump->fd, buf, len, (off_t)off);
	if (off >= dump->memory_len)
		return 0;
	if (len > dump->memory_len - off)
		len = dump->memory_len - (size_t)off;
	memcpy(buf, dump->memory + off, len);
	return (ssize_t)len;
}

/* Up to len bytes: how many there are, or -1. */
static ssize_t dump_read_some(
    struct err *err, struct dump *dump, uint8_t *buf, size_t len, uint64_t off)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = dump_read_at(dump, buf + got, len - got, off + got);

		dump->calls++;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, "reading %zu bytes at offset 0x%llx", len,
			    (unsigned long long)off);
		if (n == 0)
			break;
		got += (size_t)n;
		dump->bytes += (uint64_t)n;
	}
	return (ssize_t)got;
}

static int dump_short(struct err *err, uint64_t off, size_t len)
{
	return err_set(
	    err, "the dump ends before offset 0x%llx + %zu", (unsigned long long)off, len);
}

int dump_read(struct err *err, struct dump *dump, void *buf, size_t len, uint64_t off)
{
	ssize_t n;

	if (off > UINT64_MAX - len)
		return dump_short(err, off, len);
	n = dump_read_some(err, dump, buf, len, off);
	if (n < 0)
		return -1;
	return (size_t)n == len ? 0 : dump_short(err, off, len);
}

int dump_read_small(struct err *err, struct dump *dump, void *buf, size_t len, uint64_t off)
{
	ssize_t n;

	if (len > DUMP_SMALL || off > UINT64_MAX - DUMP_SMALL)
		return dump_short(err, off, len);
	if (off < dump->head_off || off - dump->head_off > dump->head_len ||
	    len > dump->head_len - (size_t)(off - dump->head_off)) {
		dump->head_len = 0;
		n = dump_read_some(err, dump, dump->head, DUMP_SMALL, off);
		if (n < 0)
			return -1;
		dump->head_off = off;
		dump->head_len = (size_t)n;
		if (len > dump->head_len)
			return dump_short(err, off, len);
	}
	memcpy(buf, dump->head + (off - dump->head_off), len);
	return 0;
}
