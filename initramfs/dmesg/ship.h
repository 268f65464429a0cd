/* SPDX-License-Identifier: MIT */
/*
 * ship: a dump's log to the server, by one channel after another.
 *
 * The dump is read once, into a pack. HTTP is tried on every server until one has stored it or its
 * share of time is over; then the lines go as netconsole packets, and last to the console. The
 * packets are kept compressed beside the text (castpack.h); only where memory does not suffice for
 * that, or there are more than 1 MB of them, is the dump read a second time.
 */
#ifndef DMESG_SHIP_H
#define DMESG_SHIP_H

#include "extract.h"
#include "pack.h"

enum { SHIP_URLS = 3 };

struct ship {
	const char *url[SHIP_URLS]; /* base URLs, trailing slashes allowed */
	size_t urls;
	const char *session, *token;
	const char *udp; /* "" or NULL: none */
	const char *notes; /* a file of lines for the UDP channel to begin with; NULL: none */
	int http_seconds; /* HTTP's share */
	int callers; /* as in struct render */
	/* Progress and results, a line without newline. */
	void (*say)(void *arg, const char *line);
	/* The console channel: 0/-1; NULL: not wanted. */
	int (*console)(void *arg, const char *text, size_t len);
	void *arg;
};

/* What is wrong with the request (session, token, URLs), before anything is read. 0/-1. */
int ship_check(struct err *err, const struct ship *ship);
/*
 * Returns the exit code: 0 or 3 stored, 4 recovered but not by HTTP, 1 nothing recovered (err).
 */
int ship_run(struct err *err, const struct ship *ship, struct dump *dump, struct extract *extract);

#endif
