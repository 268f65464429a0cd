/* SPDX-License-Identifier: MIT */
/*
 * forward: kernel lines to a syslog server, over UDP or TCP (forward_message.h). It never waits: lines go
 * into a queue of FORWARD_QUEUE_MAX bytes, and what does not fit is dropped and counted. Names are
 * resolved by a thread (getaddrinfo_a), connecting and sending do not block, and after an error the next
 * try comes after FORWARD_PAUSE_MIN_MS, twice as long each time up to FORWARD_PAUSE_MAX_MS.
 *
 * Over TCP, a message that was only half sent is sent again whole on the next connection. What the kernel
 * had taken for a connection that then broke is lost (syslog over TCP has no acknowledgement).
 */
#ifndef COLLECTOR_FORWARD_H
#define COLLECTOR_FORWARD_H

#include <netdb.h>
#include <stdint.h>

#include "base/err.h"
#include "config/config.h"
#include "forward_message.h"

enum {
	FORWARD_QUEUE_MAX = 8 << 20,
	FORWARD_TURN = 256, /* messages in one step */
	FORWARD_PAUSE_MIN_MS = 250,
	FORWARD_PAUSE_MAX_MS = 30000,
	FORWARD_CONNECT_MS = 10000,
};

enum forward_state { FORWARD_OFF, FORWARD_DOWN, FORWARD_RESOLVING, FORWARD_CONNECTING, FORWARD_UP };

struct forward {
	enum forward_state state;
	int tcp, fd;
	char host[ADDRESS_HOST_MAX + 1], port[8];
	struct gaicb request;
	struct addrinfo hints;
	char *queue; /* a ring of messages, each after its length (uint16_t) */
	size_t head, used; /* bytes; head is where the first begins */
	size_t sent; /* bytes of the first that are sent (TCP) */
	int64_t now, next_at, deadline, pause_ms;
	uint64_t messages, dropped, faults; /* sent; not sent; lost connections */
	struct err error; /* the last that was reported */
	void (*warn)(const char *text);
};

/*
 * where: "udp://HOST:PORT", "tcp://HOST:PORT" (an IPv6 address in brackets; default port 514); "": nothing
 * is forwarded. warn as in indexer.h. 0/-1.
 */
int forward_init(
    struct err *err, struct forward *forward, const char *where, void (*warn)(const char *text));
/* Takes the line, or counts it as dropped. */
void forward_line(struct forward *forward, const struct forward_line *line);
/* Returns 0 if nothing waits, 1 if something does, 2 if there is more to do at once. */
int forward_step(struct forward *forward, int64_t now);
void forward_close(struct forward *forward);

#endif
