/* SPDX-License-Identifier: MIT */
/* dump: the bytes of a crash dump by file offset; see dump.h. Knows nothing of what they mean. */
#include "dump.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static ssize_t dump_fd_read_at(void *arg, void *buf, size_t len, uint64_t off)
{
	if (off > (uint64_t)INT64_MAX - len) {
		errno = EINVAL;
		return -1;
	}
	return pread(*(const int *)arg, buf, len, (off_t)off);
}

static ssize_t dump_memory_read_at(void *arg, void *buf, size_t len, uint64_t off)
{
	const struct dump_memory *memory = arg;

	if (off >= memory->len)
		return 0;
	if (len > memory->len - off)
		len = memory->len - (size_t)off;
	memcpy(buf, memory->bytes + off, len);
	return (ssize_t)len;
}

static void dump_open(
    struct dump *dump, ssize_t (*read_at)(void *, void *, size_t, uint64_t), void *arg)
{
	memset(dump, 0, sizeof(*dump));
	dump->read_at = read_at;
	dump->arg = arg;
}

void dump_open_fd(struct dump *dump, const int *fd)
{
	dump_open(dump, dump_fd_read_at, (void *)(uintptr_t)fd);
}

void dump_open_memory(struct dump *dump, const struct dump_memory *memory)
{
	dump_open(dump, dump_memory_read_at, (void *)(uintptr_t)memory);
}

/* As much of len as there is. */
static ssize_t dump_read_some(
    struct err *err, struct dump *dump, uint8_t *buf, size_t len, uint64_t off)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = dump->read_at(dump->arg, buf + got, len - got, off + got);

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

	if (len > sizeof(dump->head) || off > UINT64_MAX - sizeof(dump->head))
		return dump_short(err, off, len);
	if (off < dump->head_off || off - dump->head_off > dump->head_len ||
	    len > dump->head_len - (size_t)(off - dump->head_off)) {
		dump->head_len = 0;
		n = dump_read_some(err, dump, dump->head, sizeof(dump->head), off);
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
