/* SPDX-License-Identifier: MIT */
/*
 * decode: a body's Content-Encoding taken off as it streams by, in bounded memory whatever the
 * sender claims: gzip (RFC 1952, several members), zstd (RFC 8878, several frames, a window of at
 * most 16 MB), or none. How much comes out is the sink's to limit: it is handed at most
 * DECODE_CHUNK bytes at a time and can stop.
 */
#ifndef LASTWORDS_CGI_INGEST_DECODE_H
#define LASTWORDS_CGI_INGEST_DECODE_H

#include <stddef.h>

#include "base/err.h"

enum { DECODE_CHUNK = 65536 };

struct decode;

/* 0 to go on; anything else stops, and decode_feed returns it. */
typedef int decode_sink(void *arg, const void *bytes, size_t len);

/* For "", "identity", "gzip", "x-gzip", "zstd"; NULL with err set for others. */
struct decode *decode_new(struct err *err, const char *encoding);
/* 0, -1 (err: the bytes are not what was announced), or what the sink returned. */
int decode_feed(struct err *err, struct decode *decode, const void *bytes, size_t len,
    decode_sink *sink, void *arg);
/* 0 if the body was whole; -1 if it ended in the middle. */
int decode_finish(struct err *err, const struct decode *decode);
void decode_free(struct decode *decode);

#endif
