/* SPDX-License-Identifier: MIT */
/*
 * stream: an answer of any length, which goes out while it is made: for people, who can see that it broke off.
 * (A machine's answer is whole or none: reply.h.) Nothing is allocated.
 */
#ifndef LASTWORDS_CGI_HTTP_STREAM_H
#define LASTWORDS_CGI_HTTP_STREAM_H

#include <stddef.h>
#include <stdint.h>

enum {
	STREAM_HEAD_MAX = 4096,
	STREAM_BUFFER = 32768, /* bytes that are kept before they go out */
	STREAM_FIRST = 2048, /* the first piece is smaller, so that it is soon there */
	STREAM_MAX =
	    16 << 20 /* bytes of an answer: the web server keeps what a slow reader has not taken */
};

struct stream_head {
	int status; /* HTTP's; 0: 200 */
	const char *type;
	const char *location; /* of 303; may be NULL, as all that follow */
	const char *etag; /* with its quotes */
	const char *cache; /* Cache-Control; NULL: no-store */
	const char *disposition; /* Content-Disposition */
	const char *allow; /* of 405 */
	const char *policy; /* Content-Security-Policy; NULL: STREAM_POLICY */
	int retry_after; /* seconds; 0 none */
	int64_t length; /* Content-Length; 0 unknown */
	const char
	    *file; /* absolute: the web server sends it as the body (lighttpd's X-Sendfile) */
};

/* Nothing is loaded but from this server, nothing runs inline, nobody frames it. */
#define STREAM_POLICY                                                                              \
	"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

struct stream {
	void (*write)(const char *bytes, size_t len); /* where it goes */
	int head_only; /* the request was HEAD */
	int begun; /* the head is out: what comes now cannot be another answer */
	int status; /* as begun */
	size_t len, limit, sent;
	char buffer[STREAM_BUFFER];
};

void stream_init(
    struct stream *stream, void (*write)(const char *bytes, size_t len), int head_only);
/* The head, once. A line break in a value ends the value. */
void stream_begin(struct stream *stream, const struct stream_head *head);
/* Bytes of the body; stream is a struct stream. Returns 0, or 1 if nobody wants them: HEAD, or
 * more than STREAM_MAX. */
int stream_put(void *stream, const char *bytes, size_t len);
int stream_put_text(struct stream *stream, const char *text);
/* What is still kept goes out. */
void stream_flush(struct stream *stream);

/* The CGI header block, with the empty line; returns its length. */
size_t stream_head_text(const struct stream_head *head, char text[STREAM_HEAD_MAX]);

#endif
