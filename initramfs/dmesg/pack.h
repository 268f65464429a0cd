/* SPDX-License-Identifier: MIT */
/*
 * pack: text compressed into memory as it comes, with the SHA-256 of the plain bytes.
 *
 * gzip (RFC 1952, zlib) with small windows, kept in pieces so that growing copies nothing. The same
 * pieces are sent by HTTP and, where that fails, unpacked again for the console.
 */
#ifndef DMESG_PACK_H
#define DMESG_PACK_H

#include <nettle/sha2.h>
#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

#include "base/err.h"

enum { PACK_PIECE = 16384 - 16 };

struct pack_piece {
	struct pack_piece *next;
	uint8_t bytes[PACK_PIECE];
};

struct pack {
	z_stream z;
	struct sha256_ctx sha;
	struct pack_piece *first, *last;
	size_t len; /* compressed bytes; all pieces but the last are full */
	size_t limit; /* of len */
	uint64_t plain; /* bytes taken */
	char sha256[65]; /* of the plain bytes, hex, after pack_finish */
	int live; /* z is initialised */
	int full; /* limit or memory ran out: the pack is of no use */
};

/* limit: compressed bytes that may be kept. 0/-1. */
int pack_init(struct err *err, struct pack *pack, size_t limit);
/* Takes plain text; a render's write. 0, or -1 with full set. */
int pack_write(void *pack, const char *text, size_t len);
int pack_finish(struct err *err, struct pack *pack);
void pack_free(struct pack *pack);

/* A place in the compressed bytes, for reading them piece by piece. */
struct pack_reader {
	const struct pack *pack;
	const struct pack_piece *piece;
	size_t pos;
};
void pack_rewind(struct pack_reader *reader, const struct pack *pack);
/* Up to len compressed bytes; 0 at the end. */
size_t pack_read(struct pack_reader *reader, void *buf, size_t len);

/* Gives the plain text again. 0, or -1 (write stopped it, or memory). */
int pack_unpack(struct err *err, const struct pack *pack,
    int (*write)(void *arg, const char *text, size_t len), void *arg);

#endif
