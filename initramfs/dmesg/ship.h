/* SPDX-License-Identifier: MIT */
/*
 * ship: a dump's log to the server, by one channel after another.
 *
 * The dump is read into a pack, and HTTP is tried on every server until one has stored it or the time
 * for HTTP is over. Then the dump is read again: for netconsole packets, and last for the console.
 */
#ifndef DMESG_SHIP_H
#define DMESG_SHIP_H

#include "extract.h"

enum { SHIP_URLS = 3 };

struct ship {
	const char *url[SHIP_URLS]; /* base URLs, trailing slashes allowed */
	size_t urls;
	const char *session, *token;
	const char *udp; /* the netconsole target, ADDRESS:PORT; "" or NULL: none */
	const char *notes; /* a file of lines that go with the packets; NULL: none */
	int http_seconds; /* how long HTTP is tried */
	int callers; /* as in struct render */
	/* Takes progress and results, a line without newline. */
	void (*say)(void *arg, const char *line);
	/* Prints on the console: 0/-1; NULL: not wanted. */
	int (*console)(void *arg, const char *text, size_t len);
	void *arg;
};

/* 0, or -1: session, token or URLs are missing or unusable. Reads nothing. */
int ship_check(struct err *err, const struct ship *ship);
/* Returns the exit code: 0 or 3 stored, 4 recovered but not stored, 1 nothing recovered (err). */
int ship_run(struct err *err, const struct ship *ship, struct dump *dump, struct extract *extract);

#endif
