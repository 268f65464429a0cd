/* SPDX-License-Identifier: MIT */
/*
 * deliver: a pack to one of the servers by HTTP, tried again until one has stored it or the time is over.
 */
#ifndef SHIP_DELIVER_H
#define SHIP_DELIVER_H

#include "put.h"
#include "reasons.h"
#include "target.h"

enum { DELIVER_FAILURE = 420 /* bytes of an err's text and the words before it */ };

struct deliver {
	const struct target *target;
	/* Takes progress and results, a line without newline. */
	void (*say)(void *arg, const char *line);
	void *arg;
};

/* Gives a line to say, cut at 511 bytes. */
void deliver_say(const struct deliver *deliver, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Why the tries failed, by reasons: "failures: HTTP 500 (2 times)". Returns 0 if no try failed. */
size_t deliver_failures(const struct reasons *reasons, char *line, size_t size);
/* 1 stored; 0 not: why is in failure, one line, and of every try in reasons. */
int deliver(const struct deliver *deliver, const struct put_request *request,
    struct reasons *reasons, char failure[DELIVER_FAILURE]);

#endif
