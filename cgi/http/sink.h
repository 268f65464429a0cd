/* SPDX-License-Identifier: MIT */
/*
 * sink: an answer of any length, which goes out while it is made: for people, who can see that it broke off.
 * (A machine's answer is whole or none: reply.h.) Nothing is allocated.
 */
#ifndef LASTWORDS_CGI_HTTP_SINK_H
#define LASTWORDS_CGI_HTTP_SINK_H

#include <stddef.h>
#include <stdint.h>

enum {
	SINK_HEAD_MAX = 4096,
	SINK_BUFFER = 32768, /* bytes that are kept before they go out */
	SINK_FIRST = 2048, /* the first piece is smaller, so that it is soon there */
	SINK_MAX =
	    16 << 20 /* bytes of an answer: the web server keeps what a slow reader has not taken */
};

struct sink_head {
	int status; /* HTTP's; 0: 200 */
	const char *type;
	const char *location; /* of 303; may be NULL, as all that follow */
	const char *cookie; /* Set-Cookie */
	const char *etag; /* with its quotes */
	const char *cache; /* Cache-Control; NULL: no-store */
	const char *policy; /* Content-Security-Policy; NULL: SINK_POLICY */
	int64_t length; /* Content-Length; 0 unknown */
	const char
	    *file; /* absolute: the web server sends it as the body (lighttpd's X-Sendfile) */
};

/* Nothing is loaded but from this server, nothing runs inline, nobody frames it. */
#define SINK_POLICY                                                                                \
	"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

struct sink {
	void (*write)(const char *bytes, size_t len); /* where it goes */
	int head_only; /* the request was HEAD */
	int begun; /* the head is out: what comes now cannot be another answer */
	int status; /* as begun */
	size_t len, limit, sent;
	char buffer[SINK_BUFFER];
};

void sink_init(struct sink *sink, void (*write)(const char *bytes, size_t len), int head_only);
/* The head, once. A line break in a value ends the value. */
void sink_begin(struct sink *sink, const struct sink_head *head);
/* Bytes of the body; sink is a struct sink. Returns 0, or 1 if nobody wants them: HEAD, or
 * more than SINK_MAX. */
int sink_put(void *sink, const char *bytes, size_t len);
int sink_put_text(struct sink *sink, const char *text);
/* What is still kept goes out. */
void sink_flush(struct sink *sink);

/* The CGI header block, with the empty line; returns its length. */
size_t sink_head_text(const struct sink_head *head, char text[SINK_HEAD_MAX]);

#endif
