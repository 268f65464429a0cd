/* SPDX-License-Identifier: MIT */
/*
 * receive: the collector's sockets: UDP for netconsole, a Unix datagram socket as doorbell. Packets that
 * the kernel dropped because the socket was full are counted.
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
	uint32_t
	    overflow; /* packets that the kernel dropped so far; updated by packets and receive_look_at_drops */
	/* How long packets may gather before they are fetched, so that a wake-up brings many: 1 ms for
	 * each MiB of the receive buffer, up to RECEIVE_NAP_MAX_MS. A small packet takes 0.8 to 2.3 kB
	 * of it, so at least 400,000 a second fit. */
	int nap_ms;
};

/* Binds "HOST:PORT" or "[V6]:PORT". [::] takes IPv4 as well. 0/-1. */
int receive_open(struct err *err, const char *address, struct receive *receive);
struct receive_sink {
	void *arg;
	/* The senders of a batch, before got() is called for each of its packets. */
	void (*coming)(void *arg, const struct sockaddr_storage *from, size_t count);
	void (*got)(void *arg, const struct sockaddr *from, const char *buf, size_t len);
};

/* Takes one batch without waiting. Returns how many packets; 0 if there was none. Errors of single packets
 * (ICMP) are skipped. */
int receive_batch(struct receive *receive, const struct receive_sink *sink);

/* Asks the kernel how many packets it dropped: needed for drops after which no packet arrived. */
void receive_look_at_drops(struct receive *receive);

/* Binds the bell at path, replacing an unused one. fd, or -1. */
int bell_open(struct err *err, const char *path);
/* Empties it. 1 if it had rung. */
int bell_clear(int fd);

#endif
