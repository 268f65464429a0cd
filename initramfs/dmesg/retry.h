/* SPDX-License-Identifier: MIT */
/*
 * retry: which server to try next, and how long to wait before. Pure: outcomes in, decisions out.
 *
 * The network of a machine that has just started is often not there yet: as long as nothing can
 * even be sent, or nothing at all comes back, the next try follows after a tenth of a second. A
 * server that answers with trouble is given growing pauses; one that refuses (4xx) is asked a few
 * times only.
 */
#ifndef DMESG_RETRY_H
#define DMESG_RETRY_H

#include <stddef.h>

enum { RETRY_SERVERS = 8, RETRY_REFUSALS = 3 };

enum retry_outcome {
	RETRY_NO_NETWORK, /* could not be sent: no address, route or neighbour */
	RETRY_SILENT, /* nothing came back within the time for connecting: no carrier yet? */
	RETRY_FAILED, /* refused connection, time-out, reset, 5xx, 408, 429 */
	RETRY_MISMATCH, /* stored something else than was sent: send it again */
	RETRY_REFUSED, /* any other answer */
};

struct retry {
	size_t servers;
	size_t at; /* the server of the next try */
	unsigned refusals[RETRY_SERVERS];
	unsigned
	    rounds; /* in which every server that is left was tried and something answered badly */
	unsigned silent; /* tries that were */
	int serious; /* something else than silence or no network in this round */
	unsigned tries;
};

void retry_init(struct retry *retry, size_t servers);
/* The index of the server for the next try, or -1: all of them have refused for good. */
int retry_server(const struct retry *retry);
/* Milliseconds to allow for connecting in the next try. */
unsigned retry_connect_ms(const struct retry *retry);
/* Notes the outcome of the try; how many milliseconds to wait before the next one. */
unsigned retry_note(struct retry *retry, enum retry_outcome outcome);

#endif
