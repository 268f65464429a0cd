/* SPDX-License-Identifier: MIT */
/* pack: text compressed into memory as it comes; see pack.h. */
#include "pack.h"

#include <stdlib.h>
#include <string.h>

enum {
	PACK_WINDOW = 14, /* 2^14 bytes of history and */
	PACK_MEMORY = 7, /* small tables: 128 KB in all, some percent more bytes than at most */
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
	struct pack_piece *piece = NULL;

	if (pack->len < pack->limit)
		piece = malloc(sizeof(*piece));
	if (!piece) {
		pack->full = 1;
		return -1;
	}
	piece->next = NULL;
	if (pack->last)
		pack->last->next = piece;
	else
		pack->first = piece;
	pack->last = piece;
	pack->z.next_out = piece->bytes;
	pack->z.avail_out = PACK_PIECE;
	return 0;
}

/* Runs deflate until all input is taken (or, with Z_FINISH, the end is written). */
static int pack_run(struct pack *pack, int flush)
{
	int rc;

	do {
		uInt room;

		if (pack->z.avail_out == 0 && pack_grow(pack))
			return -1;
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
	static const char digits[] = "0123456789abcdef";
	uint8_t digest[SHA256_DIGEST_SIZE];

	pack->z.avail_in = 0;
	if (pack->full || pack_run(pack, Z_FINISH))
		return err_set(
		    err, "no memory for the compressed log (%zu bytes so far)", pack->len);
	deflateEnd(&pack->z);
	pack->live = 0;
	sha256_digest(&pack->sha, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++) {
		pack->sha256[2 * i] = digits[digest[i] >> 4];
		pack->sha256[2 * i + 1] = digits[digest[i] & 15];
	}
	pack->sha256[64] = '\0';
	return 0;
}

void pack_free(struct pack *pack)
{
	if (pack->live)
		deflateEnd(&pack->z);
	while (pack->first) {
		struct pack_piece *piece = pack->first;

		pack->first = piece->next;
		free(piece);
	}
	memset(pack, 0, sizeof(*pack));
}

void pack_rewind(struct pack_reader *reader, const struct pack *pack)
{
	reader->pack = pack;
	reader->piece = pack->first;
	reader->pos = 0;
}

size_t pack_read(struct pack_reader *reader, void *buf, size_t len)
{
	size_t into = reader->pos % PACK_PIECE, n = PACK_PIECE - into;

	if (n > reader->pack->len - reader->pos)
		n = reader->pack->len - reader->pos;
	if (n > len)
		n = len;
	if (n == 0 || !reader->piece)
		return 0;
	memcpy(buf, reader->piece->bytes + into, n);
	reader->pos += n;
	if (reader->pos % PACK_PIECE == 0)
		reader->piece = reader->piece->next;
	return n;
}

int pack_unpack(struct err *err, const struct pack *pack,
    int (*write)(void *arg, const char *text, size_t len), void *arg)
{
	struct pack_reader reader;
	char in[1024], out[4096];
	z_stream z;
	int rc = Z_OK, stopped = 0;

	memset(&z, 0, sizeof(z));
	if (inflateInit2(&z, PACK_WINDOW + PACK_GZIP) != Z_OK)
		return err_set(err, "no memory to decompress");
	pack_rewind(&reader, pack);
	while (rc == Z_OK && !stopped) {
		if (z.avail_in == 0) {
			z.next_in = (Bytef *)in;
			z.avail_in = (uInt)pack_read(&reader, in, sizeof(in));
			if (z.avail_in == 0)
				break;
		}
		z.next_out = (Bytef *)out;
		z.avail_out = sizeof(out);
		rc = inflate(&z, Z_NO_FLUSH);
		stopped = write(arg, out, sizeof(out) - z.avail_out);
	}
	inflateEnd(&z);
	if (stopped)
		return err_set(err, "the output could not be written");
	return rc == Z_STREAM_END ? 0 : err_set(err, "the compressed log is damaged");
}
