/* SPDX-License-Identifier: MIT */
/*
 * http: one request to the server, by libcurl. It blocks, and libcurl's memory stays: only for
 * child processes of the keeper.
 */
#ifndef LASTWORDS_ARM_HTTP_H
#define LASTWORDS_ARM_HTTP_H

#include <stddef.h>

#include "base/err.h"
#include "session/conf.h"

struct http_request {
	const char *server; /* base URL, which error messages name */
	const char *path; /* with its query: "/callback/ID" */
	const char *token; /* for "Authorization: Bearer"; NULL: none */
	const char *const *headers; /* further ones, up to a NULL; may be NULL */
	const char *body; /* POST of this; NULL: GET */
	size_t body_len;
	long limit_ms; /* for all of it */
	int to; /* a descriptor that takes the reply's body, up to to_max bytes */
	size_t to_max; /* 0: the body goes to the reply's text */
};

struct http_reply {
	long status;
	size_t len; /* of text; what does not fit is dropped */
	char text[SESSION_CONF_MAX]; /* NUL-terminated */
};

/*
 * 0: there is a reply with status 200 or 201. -1: another status (text may have the reason), or
 * none.
 */
int http_send(struct err *err, const struct http_request *request, struct http_reply *reply);

#endif
