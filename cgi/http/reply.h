/* SPDX-License-Identifier: MIT */
/*
 * reply: an answer in the making, kept whole so that its length is known and a fault halfway never
 * reaches a machine. Nothing is allocated. Only a file's bytes are not in it: they follow the body.
 */
#ifndef LASTWORDS_CGI_HTTP_REPLY_H
#define LASTWORDS_CGI_HTTP_REPLY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/kv.h"

enum { REPLY_BODY_MAX = 32768, REPLY_HEAD_MAX = 512 };

struct reply {
	int status; /* HTTP's */
	const char *type;
	int retry_after; /* seconds, 0 none */
	char body[REPLY_BODY_MAX];
	struct kv_out out; /* over body; binary bodies set out.len themselves */
	int has_file;
	int file; /* a descriptor, which fastcgi closes */
	uint64_t file_len; /* bytes of it, sent after the body */
	struct err warning; /* for the server's log; "" none. It does not reach the machine. */
};

/* Status 200, text/plain, empty. */
void reply_init(struct reply *reply);
/* Drops what was there; body is the printf form's line and a newline. */
void reply_error(struct reply *reply, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Keeps a warning for the log; several are joined, the last may be cut. */
void reply_warn(struct reply *reply, const struct err *err);
/* printf onto the body. */
void reply_add(struct reply *reply, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The texts up to a NULL onto the body: reply_add's quicker brother for strings. */
void reply_put(struct reply *reply, ...) __attribute__((sentinel));
/* The words of a text onto the body, each behind one blank, whatever white space was between them. */
void reply_words(struct reply *reply, const char *text);
/* A text's bytes as lower-case hex onto the body. */
void reply_hex(struct reply *reply, const char *text);
/* The words of a status that the programs of cgi/ use. */
const char *reply_reason(int status);
/* The CGI header block, with the empty line; returns its length. */
size_t reply_head(const struct reply *reply, char head[REPLY_HEAD_MAX]);

#endif
