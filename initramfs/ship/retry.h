/* SPDX-License-Identifier: MIT */
/*
 * retry: which server to try next, and how long to wait before. Pure: outcomes in, decisions out.
 *
 * A machine that has just started often has no network yet: while nothing can be sent, or nothing
 * comes back, the next try follows after 0.1 s. After other failures the pauses grow up to 3 s. A
 * server that refused (4xx) three times is not tried again.
 */
#ifndef SHIP_RETRY_H
#define SHIP_RETRY_H

#include <stddef.h>

enum { RETRY_SERVERS = 8, RETRY_REFUSALS = 3 };

enum retry_outcome {
	RETRY_NO_NETWORK, /* could not be sent: no address, route or neighbour */
	RETRY_SILENT, /* no answer within the time for connecting: perhaps no carrier yet */
	RETRY_FAILED, /* refused connection, time-out, reset, 5xx, 408, 429 */
	RETRY_MISMATCH, /* the server stored something else: to be sent again */
	RETRY_REFUSED, /* any other answer */
};

struct retry {
	size_t servers;
	size_t at; /* the server of the next try */
	unsigned refusals[RETRY_SERVERS];
	unsigned rounds; /* over all servers, with a serious failure */
	unsigned silent; /* silent tries */
	int serious; /* this round had a failure other than silence and no network */
	unsigned tries;
};

void retry_init(struct retry *retry, size_t servers);
/* The index of the server for the next try, or -1: all have refused three times. */
int retry_server(const struct retry *retry);
/* Milliseconds to allow for connecting in the next try. */
unsigned retry_connect_ms(const struct retry *retry);
/* Takes the outcome of the try. Returns how many milliseconds to wait before the next one. */
unsigned retry_note(struct retry *retry, enum retry_outcome outcome);

#endif
