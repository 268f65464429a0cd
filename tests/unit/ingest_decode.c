/* SPDX-License-Identifier: MIT */
/* ingest_decode: gzip and zstd in pieces of any size, cut, broken, trailing, and a bomb that stops. */
#include "cgi/ingest/decode.h"

#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include "tap.h"

static unsigned char text[100000], packed[220000];
static size_t text_len, packed_len;

struct sink {
	unsigned char bytes[200000];
	size_t len, limit, largest;
};
static struct sink sink;

static int take(void *arg, const void *bytes, size_t len)
{
	struct sink *to = arg;

	if (len > to->largest)
		to->largest = len;
	if (len > to->limit - to->len)
		return 7;
	if (to->len + len <= sizeof(to->bytes))
		memcpy(to->bytes + to->len, bytes, len);
	to->len += len;
	return 0;
}

/* Feeds in pieces; 0 whole, 1 cut, or what decode_feed gave. */
static int decode(const char *encoding, const unsigned char *bytes, size_t len, size_t piece)
{
	struct err err;
	struct decode *decode = decode_new(&err, encoding);
	int rc = 0;

	sink.len = sink.largest = 0;
	if (!decode)
		return -2;
	for (size_t i = 0; i < len && rc == 0; i += piece)
		rc = decode_feed(
		    &err, decode, bytes + i, len - i < piece ? len - i : piece, take, &sink);
	if (rc == 0 && decode_finish(&err, decode))
		rc = 1;
	decode_free(decode);
	return rc;
}

static void pack(const char *encoding, const void *bytes, size_t len)
{
	if (strcmp(encoding, "zstd") == 0) {
		packed_len = ZSTD_compress(packed, sizeof(packed), bytes, len, 3);
	} else if (strcmp(encoding, "gzip") == 0) {
		z_stream z = {.next_in = (unsigned char *)(uintptr_t)bytes,
		    .avail_in = (unsigned int)len,
		    .next_out = packed,
		    .avail_out = sizeof(packed)};

		if (deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) == Z_OK)
			(void)deflate(&z, Z_FINISH);
		packed_len = z.total_out;
		deflateEnd(&z);
	} else {
		memcpy(packed, bytes, len);
		packed_len = len;
	}
}

static void test_one(const char *encoding)
{
	static const size_t pieces[] = {1, 7, 4096, 1000000};
	size_t first;
	int bad = 0;

	sink.limit = sizeof(sink.bytes);
	pack(encoding, text, text_len);
	for (size_t i = 0; i < 4; i++)
		bad += decode(encoding, packed, packed_len, pieces[i]) != 0 ||
		       sink.len != text_len || memcmp(sink.bytes, text, text_len) != 0;
	is_num(bad, 0, "in pieces of any size");
	first = packed_len;
	memcpy(packed + first, packed, first);
	ok(decode(encoding, packed, 2 * first, 1000) == 0 && sink.len == 2 * text_len,
	    "two members are one body");
	sink.limit = 1000;
	ok(decode(encoding, packed, first, 4096) == 7, "the sink can stop it");
	sink.limit = sizeof(sink.bytes);
	if (strcmp(encoding, "identity") == 0)
		return;
	bad = 0;
	for (size_t cut = 1; cut < first; cut += 97)
		bad += decode(encoding, packed, cut, 4096) != 1;
	is_num(bad, 0, "a body that is cut anywhere is noticed");
	ok(decode(encoding, (const unsigned char *)"hello, world", 12, 100) == -1, "another form");
	memcpy(packed + first, "rubbish!", 8);
	ok(decode(encoding, packed, first + 8, 4096) == -1, "rubbish behind it");
	bad = 0;
	for (int round = 0; round < 300; round++) {
		size_t at = (size_t)rand() % first;
		unsigned char old = packed[at];

		packed[at] ^= (unsigned char)(1 << (rand() % 8));
		bad += decode(encoding, packed, first, 333) == 0 && sink.len > sizeof(sink.bytes);
		packed[at] = old;
	}
	is_num(bad, 0, "300 broken bodies, none overruns");
}

static void test_bomb(const char *encoding)
{
	unsigned char *zeros = calloc(1, 20000000);

	if (!zeros)
		return;
	pack(encoding, zeros, 20000000);
	sink.limit = 150000;
	ok(packed_len > 0 && packed_len < 100000 &&
		decode(encoding, packed, packed_len, 65536) == 7 && sink.len <= 150000,
	    "%s: 20 MB in %zu bytes stops at the limit", encoding, packed_len);
	ok(sink.largest <= DECODE_CHUNK, "%s: and never comes in large pieces", encoding);
	free(zeros);
}

int main(void)
{
	struct err err = {""};

	srand(1);
	for (text_len = 0; text_len < sizeof(text); text_len++)
		text[text_len] = (unsigned char)(rand() % 3 ? 'a' + rand() % 26 : rand());
	test_one("gzip");
	test_one("zstd");
	test_one("identity");
	test_bomb("gzip");
	test_bomb("zstd");
	ok(decode_new(&err, "br") == NULL && err.msg[0], "no other encoding");
	is_num(decode("gzip", text, 0, 1), 1, "an empty gzip body is refused");
	is_num(decode("", text, 0, 1), 0, "an empty plain one is");
	return tap_done();
}
