/* SPDX-License-Identifier: MIT */
/*
 * request: what a web server hands a CGI (CGI/1.1, RFC 3875), as the programs of cgi/ use it. Every
 * string is a stranger's unless said otherwise, and never NULL ("" where absent).
 */
#ifndef LASTWORDS_CGI_HTTP_REQUEST_H
#define LASTWORDS_CGI_HTTP_REQUEST_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/kv.h"

enum { REQUEST_PATH_MAX = 512, REQUEST_BASE_MAX = 600, REQUEST_QUERY_MAX = 16384 };

struct request {
	const char *method;
	char path[REQUEST_PATH_MAX + 1]; /* as asked, without query, not decoded; cut if longer */
	const char *query;
	const char *host; /* the Host header */
	const char *scheme; /* "http" or "https", the web server's word */
	const char *remote; /* the client's address, the web server's word */
	const char *server, *port; /* the connection's own end, the web server's word */
	const char *agent, *authorization, *token, *encoding, *type;
	int chunked;
	int64_t length; /* of the body as promised; -1 not promised, -2 not a number */
	const char *(*variable)(const char *name); /* others, by their CGI name; NULL if absent */
	/* The body: bytes read, 0 at its end, -1. */
	ssize_t (*read)(void *arg, void *buf, size_t size);
	void *read_arg;
};

/* variable is getenv or its like; read and read_arg are left for the caller. */
void request_init(struct request *request, const char *(*variable)(const char *name));

/* A query string, of which only the first REQUEST_QUERY_MAX bytes count, into kv, which points into buf. */
void request_query(const char *query, char buf[REQUEST_QUERY_MAX + 1], struct kv *kv);

/*
 * The URL under which this server was asked, without the part of the path from `tail` on ("/boot")
 * and without a trailing slash: http://HOST[:PORT]/PREFIX. Everything in it is of harmless
 * characters (host [A-Za-z0-9.:-] and brackets, path [A-Za-z0-9/._~-]); what is not falls back: the
 * host to the connection's own end, the prefix to none. With numeric set, a host that is no
 * address falls back as well. 0, or -1 if nothing is known of the host (a shell).
 */
int request_base(
    const struct request *request, const char *tail, int numeric, char base[REQUEST_BASE_MAX]);

/* The rest of the path behind the last "NAME/", e.g. the id for "crash"; NULL if it is not there. */
const char *request_path_after(const struct request *request, const char *name);

#endif
