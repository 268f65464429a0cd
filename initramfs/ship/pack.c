/* SPDX-License-Identifier: MIT */
/* pack: text compressed into memory as it comes; see pack.h. Has no file and no socket. */
#include "pack.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

enum {
	PACK_WINDOW = 14, /* 2^14 bytes of history and */
	PACK_MEMORY = 7, /* small tables: 128 KB, for an output a few percent larger */
	PACK_GZIP = 16,
};

int pack_init(struct err *err, struct pack *pack, size_t limit)
{
	memset(pack, 0, sizeof(*pack));
	pack->limit = limit;
	sha256_init(&pack->sha);
	if (deflateInit2(&pack->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, PACK_WINDOW + PACK_GZIP,
		PACK_MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
		return err_set(err, "no memory to compress");
	pack->live = 1;
	return 0;
}

/* Room for output; -1: limit or memory. */
static int pack_grow(struct pack *pack)
{
	struct err ignored;
	uint8_t **piece;

	if (pack->len >= pack->limit)
		return -1;
	piece = array_grow(&ignored, pack->piece, &pack->room, pack->pieces, sizeof(*piece));
	if (!piece)
		return -1;
	pack->piece = piece;
	pack->z.next_out = piece[pack->pieces] = malloc(PACK_PIECE);
	if (!pack->z.next_out)
		return -1;
	pack->pieces++;
	pack->z.avail_out = PACK_PIECE;
	return 0;
}

/* Runs deflate until all input is taken (or, with Z_FINISH, the end is written). 0, or -1: full. */
static int pack_run(struct pack *pack, int flush)
{
	int rc;

	do {
		uInt room;

		if (pack->z.avail_out == 0 && pack_grow(pack)) {
			pack->full = 1;
			return -1;
		}
		room = pack->z.avail_out;
		rc = deflate(&pack->z, flush);
		pack->len += room - pack->z.avail_out;
		if (rc == Z_STREAM_ERROR) {
			pack->full = 1;
			return -1;
		}
	} while (pack->z.avail_in > 0 || (flush == Z_FINISH && rc != Z_STREAM_END));
	return 0;
}

int pack_write(void *arg, const char *text, size_t len)
{
	struct pack *pack = arg;

	if (pack->full)
		return -1;
	sha256_update(&pack->sha, len, (const uint8_t *)text);
	pack->plain += len;
	while (len > 0) {
		uInt n = len > 1 << 30 ? 1 << 30 : (uInt)len;

		pack->z.next_in = (Bytef *)(uintptr_t)text;
		pack->z.avail_in = n;
		if (pack_run(pack, Z_NO_FLUSH))
			return -1;
		text += n;
		len -= n;
	}
	return 0;
}

int pack_finish(struct err *err, struct pack *pack)
{
	pack->z.avail_in = 0;
	if (pack->full || pack_run(pack, Z_FINISH))
		return err_set(
		    err, "no memory for the compressed log (%zu bytes so far)", pack->len);
	deflateEnd(&pack->z);
	pack->live = 0;
	digest_text(&pack->sha, pack->sha256);
	return 0;
}

void pack_free(struct pack *pack)
{
	if (pack->live)
		deflateEnd(&pack->z);
	for (size_t i = 0; i < pack->pieces; i++)
		free(pack->piece[i]);
	free(pack->piece);
	memset(pack, 0, sizeof(*pack));
}

size_t pack_read(const struct pack *pack, size_t *pos, void *buf, size_t len)
{
	size_t into = *pos % PACK_PIECE, n = PACK_PIECE - into;

	if (n > pack->len - *pos)
		n = pack->len - *pos;
	if (n > len)
		n = len;
	if (n > 0)
		memcpy(buf, pack->piece[*pos / PACK_PIECE] + into, n);
	*pos += n;
	return n;
}
