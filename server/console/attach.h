/* SPDX-License-Identifier: MIT */
/*
 * attach: the people at the consoles: clients of STATE/run/console.sock (wire/frame.h). Any number reads a
 * console; one at a time writes. A client that does not read is dropped when ATTACH_QUEUE_MAX bytes wait for it;
 * it never delays the console. The socket is for the server's user and root.
 */
#ifndef CONSOLE_ATTACH_H
#define CONSOLE_ATTACH_H

#include <poll.h>

#include "console.h"

enum { ATTACH_CLIENTS_MAX = 256, ATTACH_QUEUE_MAX = 1 << 20, ATTACH_LINES_MAX = 100000 };

struct attach_client;

struct attach {
	int fd; /* of the socket, -1 */
	char path[FILE_PATH_MAX];
	struct attach_client *client[ATTACH_CLIENTS_MAX];
	size_t count;
	/* the console of a name, or NULL */
	struct console *(*find)(void *arg, const char *name);
	void *arg;
};

/* Listens on STATE/run/console.sock. 0/-1. */
int attach_listen(struct err *err, struct attach *attach, const char *state);
/* Fills in what to poll for, 1 + ATTACH_CLIENTS_MAX at most; returns how many. */
size_t attach_poll(const struct attach *attach, struct pollfd *poll);
/* After poll(2), with what attach_poll gave. */
void attach_work(struct attach *attach, const struct pollfd *poll, size_t count);
/* Bytes of a console go to the clients that watch it; len 0: its state has changed. */
void attach_news(
    struct attach *attach, const struct console *console, const char *bytes, size_t len);
/* How many watch it; *writer: 1 if one of them writes. */
size_t attach_watchers(const struct attach *attach, const struct console *console, int *writer);
void attach_close(struct attach *attach);

#endif
