/* SPDX-License-Identifier: MIT */
/*
 * receive: the collector's sockets: UDP for netconsole, a Unix datagram socket as doorbell. Opened
 * before privileges are dropped; what the kernel had to drop for us is counted.
 */
#ifndef COLLECTOR_RECEIVE_H
#define COLLECTOR_RECEIVE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"

enum {
	RECEIVE_BATCH = 64, /* packets by one recvmmsg */
	RECEIVE_SIZE = 65536, /* bytes of the largest UDP packet */
	RECEIVE_NAP_MAX_MS = 25,
	RECEIVE_BUFFER = 32 << 20, /* asked of the kernel for each socket */
};

struct receive {
	int fd;
	char name[300]; /* "0.0.0.0:6666", for messages */
	uint32_t overflow; /* packets the kernel dropped, ever; as of the last packet or look */
	/* How long packets may gather before they are fetched, so that a wake-up brings many: 1 to
	 * RECEIVE_NAP_MAX_MS, a millisecond for each MiB of room. A small packet takes 0.8 to 2.3 kB
	 * of it, so that 400,000 a second and more still find room meanwhile. */
	int nap_ms;
};

/* Binds "HOST:PORT" or "[V6]:PORT". [::] takes IPv4 as well. 0/-1. */
int receive_open(struct err *err, const char *address, struct receive *receive);
struct receive_sink {
	void *arg;
	/* Of whom the packets of a batch are, before the first of them is given out; count is at most
	 * RECEIVE_BATCH. */
	void (*coming)(void *arg, const struct sockaddr_storage *from, size_t count);
	void (*got)(void *arg, const struct sockaddr *from, const char *buf, size_t len);
};

/*
 * Takes one batch without waiting; got() for each packet. Returns how many; 0 if there was none.
 * Errors of single packets (ICMP) are skipped.
 */
int receive_batch(struct receive *receive, const struct receive_sink *sink);

/* Asks the kernel how many packets it had to drop: those after which none came are known only so. */
void receive_look_at_drops(struct receive *receive);

/* Binds the bell at path, in place of one that nobody listens to. fd, or -1. */
int bell_open(struct err *err, const char *path);
/* Empties it. 1 if it had rung. */
int bell_clear(int fd);

#endif
