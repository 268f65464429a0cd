/* SPDX-License-Identifier: MIT */
/*
 * digest: the SHA-256 (FIPS 180-4, libnettle) of files, as 64 lower-case hex digits.
 */
#ifndef LASTWORDS_BASE_DIGEST_H
#define LASTWORDS_BASE_DIGEST_H

#include <nettle/sha2.h>
#include <stdint.h>

#include "err.h"

enum { DIGEST_TEXT = 2 * SHA256_DIGEST_SIZE + 1 }; /* bytes, with the NUL */

/* Ends the hash and writes it as text. */
void digest_text(struct sha256_ctx *hash, char text[DIGEST_TEXT]);
/* Reads fd from its position to the end. *size (may be NULL): bytes read. 0, or -1 with errno's text. */
int digest_fd(struct err *err, int fd, char text[DIGEST_TEXT], uint64_t *size);

#endif
