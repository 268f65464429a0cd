/* SPDX-License-Identifier: MIT */
/* http: requests to the server that is looked at, as its machines send them. Takes no proxy. */
#ifndef LASTWORDS_CLI_DOCTOR_HTTP_H
#define LASTWORDS_CLI_DOCTOR_HTTP_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct doctor;

enum { HTTP_BODY_MAX = 65536, HTTP_BASE_MAX = 300 };

struct http_reply {
	long status;
	int64_t size; /* Content-Length; -1 without it */
	size_t len;
	char body[HTTP_BODY_MAX + 1]; /* NUL-terminated; what is longer is an error */
};

/* Where the server is to be asked: the URL of its machines, else what it listens on, on this host. Needs a
 * configuration. */
void http_base(const struct doctor *doctor, char base[HTTP_BASE_MAX]);

/* 0 with any status; -1: no answer, as a person reads it. Each at most DOCTOR_HTTP_S. By HTTPS the server must have the
 * certificate of the configuration. */
int http_get(
    struct err *err, const struct doctor *doctor, const char *url, struct http_reply *reply);
int http_head(
    struct err *err, const struct doctor *doctor, const char *url, struct http_reply *reply);
int http_put(struct err *err, const struct doctor *doctor, const char *url, const char *token,
    const char *text, size_t len, struct http_reply *reply);

#endif
