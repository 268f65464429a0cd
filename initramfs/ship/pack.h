/* SPDX-License-Identifier: MIT */
/*
 * pack: text compressed into memory as it comes, with the SHA-256 of the plain bytes.
 *
 * gzip (RFC 1952, zlib) with small windows, kept in pieces, so that a growing pack is never copied.
 */
#ifndef SHIP_PACK_H
#define SHIP_PACK_H

#include <nettle/sha2.h>
#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

#include "base/digest.h"
#include "base/err.h"

enum { PACK_PIECE = 16384 - 16 /* bytes; malloc keeps some of its own with them */ };

struct pack {
	z_stream z;
	struct sha256_ctx sha;
	uint8_t **piece; /* array.h: of PACK_PIECE bytes each, all but the last full */
	size_t pieces, room;
	size_t len; /* compressed bytes */
	size_t limit; /* of len */
	uint64_t plain; /* bytes taken */
	char sha256[DIGEST_TEXT]; /* of the plain bytes, after pack_finish */
	int live; /* z is initialised */
	int full; /* limit or memory ran out: the pack is of no use */
};

/* limit: compressed bytes that may be kept. 0/-1. */
int pack_init(struct err *err, struct pack *pack, size_t limit);
/* Takes plain text; fit for struct render's write. 0, or -1 with full set. */
int pack_write(void *pack, const char *text, size_t len);
int pack_finish(struct err *err, struct pack *pack);
void pack_free(struct pack *pack);

/* Up to len compressed bytes from *pos on, which advances; 0 at the end. */
size_t pack_read(const struct pack *pack, size_t *pos, void *buf, size_t len);

#endif
