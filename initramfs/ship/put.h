/* SPDX-License-Identifier: MIT */
/*
 * put: one try to store a packed log or autopsy by HTTP: PUT URL/crash/SESSION (session/conf.h has the contract).
 */
#ifndef SHIP_PUT_H
#define SHIP_PUT_H

#include "pack.h"
#include "retry.h"

/* With its NUL; what the facts' file has beyond it is left out. */
enum { PUT_FACTS_MAX = 128 };

struct put_request {
	const char *session, *token; /* checked by put_word_ok */
	const char *channel; /* Lastwords-Channel; NULL: the session's log */
	const char *facts; /* a file, read at each try: Lastwords-Capture; NULL: none */
	const char *more; /* Lastwords-More, what will follow; NULL: nothing */
	const char
	    *levels; /* Lastwords-Levels, of the log's lines (base/levels.h); NULL or "": unknown */
	const char *release, *build_id; /* "" unknown */
	int exit_code; /* 0, or 3 with holes */
	uint64_t holes;
	const struct pack *pack;
};

struct put_result {
	enum retry_outcome outcome; /* unless stored */
	int stored;
	long status; /* of HTTP; 0: no answer */
	char why[200]; /* one line, unless stored */
};

struct put; /* a libcurl handle, kept from try to try */

/* NULL: no memory. request must outlive put. */
struct put *put_open(struct err *err, const struct put_request *request);
void put_close(struct put *put);
/* One try at the server of that base URL (no trailing slash), in at most timeout_ms. */
void put_try(struct put *put, const char *url, unsigned try_number, unsigned connect_ms,
    unsigned timeout_ms, struct put_result *result);

/* 1 if text is 1 to 200 bytes of [A-Za-z0-9._-], which mean nothing in a URL or a header. */
int put_word_ok(const char *text);

#endif
