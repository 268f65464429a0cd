/* SPDX-License-Identifier: MIT */
/* cpio: a newc archive of one file; see cpio.h. Pure. */
#include "cpio.h"

#include <stdio.h>
#include <string.h>

enum { CPIO_HEADER = 110, CPIO_REGULAR = 0100000 };

/*
 * One entry at out[at], or 0 if it does not fit; at is a multiple of 4 in the archive's own count.
 */
static size_t cpio_entry(char *out, size_t size, size_t at, size_t base, unsigned number,
    const char *name, unsigned mode, const char *data, size_t len)
{
	size_t name_size = strlen(name) + 1;
	size_t data_at = at + CPIO_HEADER + name_size;
	size_t end;
	char header[CPIO_HEADER + 1];

	data_at += (4 - (data_at - base) % 4) % 4;
	end = data_at + len;
	end += (4 - (end - base) % 4) % 4;
	if (end > size)
		return 0;
	/*
	 * ino mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize
	 * check
	 */
	snprintf(header, sizeof(header),
	    "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", number, mode, 0u, 0u, 1u,
	    0u, (unsigned)len, 0u, 0u, 0u, 0u, (unsigned)name_size, 0u);
	memset(out + at, 0, end - at);
	memcpy(out + at, header, CPIO_HEADER);
	memcpy(out + at + CPIO_HEADER, name, name_size);
	if (len)
		memcpy(out + data_at, data, len);
	return end;
}

size_t cpio_file(char *out, size_t size, uint64_t before, const char *name, unsigned mode,
    const char *data, size_t len)
{
	size_t base = (size_t)((4 - before % 4) % 4), end;

	if (base > size || len > 0x7fffffff)
		return 0;
	memset(out, 0, base);
	end = cpio_entry(out, size, base, base, 1, name, CPIO_REGULAR | (mode & 0777), data, len);
	if (end == 0)
		return 0;
	return cpio_entry(out, size, end, base, 0, "TRAILER!!!", 0, NULL, 0);
}
