/* SPDX-License-Identifier: MIT */
/*
 * cpio: a "newc" cpio archive (magic 070701) of one file, as the kernel's initramfs unpacker
 * reads it (Documentation/driver-api/early-userspace/buffer-format.rst): every header and every
 * file's data begin at a multiple of 4 bytes, counted from the start of the whole initramfs. Pure.
 */
#ifndef LASTWORDS_ARM_CPIO_H
#define LASTWORDS_ARM_CPIO_H

#include <stddef.h>
#include <stdint.h>

/*
 * Writes 0 to 3 zero bytes, so that the archive begins at a multiple of 4 after `before` bytes of
 * another one, then the regular file name (no leading slash) with this mode (permission bits
 * only) and data, owner root, then the trailer. The number of bytes, or 0 if size is too small.
 */
size_t cpio_file(char *out, size_t size, uint64_t before, const char *name, unsigned mode,
    const char *data, size_t len);

#endif
