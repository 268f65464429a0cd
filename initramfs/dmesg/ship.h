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
#include "ship/deliver.h"

struct ship {
	/* By HTTP. All messages go to its say; its arg is console's too. */
	struct deliver deliver;
	const char *udp; /* the netconsole target, ADDRESS:PORT; "" or NULL: none */
	const char *notes; /* a file of lines that go with the packets; NULL: none */
	const char *facts; /* a file of what the capture kernel is; NULL: none (ship/put.h) */
	const char *more; /* what is sent after the log; NULL: nothing */
	int callers; /* as in struct render */
	/* Prints on the console: 0/-1; NULL: not wanted. */
	int (*console)(void *arg, const char *text, size_t len);
};

/* Returns the exit code: 0 or 3 stored, 4 recovered but not stored, 1 nothing recovered (err). */
int ship_run(struct err *err, const struct ship *ship, struct dump *dump, struct extract *extract);

#endif
