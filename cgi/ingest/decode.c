/* SPDX-License-Identifier: MIT */
/* decode: a Content-Encoding taken off; see decode.h. */
#include "decode.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>
#include <zstd.h>

enum decode_kind { DECODE_NONE, DECODE_GZIP, DECODE_ZSTD };

struct decode {
	enum decode_kind kind;
	int between; /* 1: at the end of a member or frame */
	z_stream z;
	ZSTD_DStream *zstd;
	unsigned char out[DECODE_CHUNK];
};

enum { ZSTD_WINDOW_LOG = 24 };

struct decode *decode_new(struct err *err, const char *encoding)
{
	struct decode *decode = calloc(1, sizeof(*decode));

	if (!decode) {
		err_set(err, "out of memory");
		return NULL;
	}
	if (!encoding[0] || strcasecmp(encoding, "identity") == 0) {
		decode->kind = DECODE_NONE;
		decode->between = 1;
		return decode;
	}
	if (strcasecmp(encoding, "gzip") == 0 || strcasecmp(encoding, "x-gzip") == 0) {
		decode->kind = DECODE_GZIP;
		if (inflateInit2(&decode->z, 15 + 16) == Z_OK)
			return decode;
		err_set(err, "out of memory");
	} else if (strcasecmp(encoding, "zstd") == 0) {
		decode->kind = DECODE_ZSTD;
		decode->zstd = ZSTD_createDStream();
		if (decode->zstd && !ZSTD_isError(ZSTD_DCtx_setParameter(
					decode->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG)))
			return decode;
		ZSTD_freeDStream(decode->zstd);
		err_set(err, "out of memory");
	} else {
		err_set(err, "Content-Encoding must be gzip, zstd or none");
	}
	free(decode);
	return NULL;
}

static int decode_gzip(struct err *err, struct decode *decode, const void *bytes, size_t len,
    decode_sink *sink, void *arg)
{
	z_stream *z = &decode->z;
	int rc;

	z->next_in = (unsigned char *)(uintptr_t)bytes;
	z->avail_in = (unsigned int)len;
	do {
		if (decode->between) {
			if (z->avail_in == 0)
				break;
			if (inflateReset(z) != Z_OK)
				return err_set(err, "gzip: cannot go on");
			decode->between = 0;
		}
		z->next_out = decode->out;
		z->avail_out = sizeof(decode->out);
		rc = inflate(z, Z_NO_FLUSH);
		if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
			return err_set(err, "not a valid gzip body%s%s", z->msg ? ": " : "",
			    z->msg ? z->msg : "");
		decode->between = rc == Z_STREAM_END;
		if (z->avail_out < sizeof(decode->out)) {
			int stop = sink(arg, decode->out, sizeof(decode->out) - z->avail_out);

			if (stop)
				return stop;
		}
		/* A full buffer may hide more output although all input is taken. */
	} while (z->avail_in > 0 || (z->avail_out == 0 && !decode->between));
	return 0;
}

static int decode_zstd(struct err *err, struct decode *decode, const void *bytes, size_t len,
    decode_sink *sink, void *arg)
{
	ZSTD_inBuffer in = {.src = bytes, .size = len};
	ZSTD_outBuffer out;

	do {
		size_t rc;

		out = (ZSTD_outBuffer){.dst = decode->out, .size = sizeof(decode->out)};
		rc = ZSTD_decompressStream(decode->zstd, &out, &in);
		if (ZSTD_isError(rc))
			return err_set(err, "not a valid zstd body: %s", ZSTD_getErrorName(rc));
		decode->between = rc == 0;
		if (out.pos > 0) {
			int stop = sink(arg, decode->out, out.pos);

			if (stop)
				return stop;
		}
	} while (in.pos < in.size || (out.pos == out.size && !decode->between));
	return 0;
}

int decode_feed(struct err *err, struct decode *decode, const void *bytes, size_t len,
    decode_sink *sink, void *arg)
{
	if (len == 0)
		return 0;
	if (decode->kind == DECODE_GZIP)
		return decode_gzip(err, decode, bytes, len, sink, arg);
	if (decode->kind == DECODE_ZSTD)
		return decode_zstd(err, decode, bytes, len, sink, arg);
	return sink(arg, bytes, len);
}

int decode_finish(struct err *err, const struct decode *decode)
{
	if (decode->between)
		return 0;
	return err_set(
	    err, "the %s body ends in the middle", decode->kind == DECODE_GZIP ? "gzip" : "zstd");
}

void decode_free(struct decode *decode)
{
	if (!decode)
		return;
	if (decode->kind == DECODE_GZIP)
		inflateEnd(&decode->z);
	ZSTD_freeDStream(decode->zstd);
	free(decode);
}
