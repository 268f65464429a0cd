/* SPDX-License-Identifier: MIT */
/*
 * load: whether a FastCGI worker has more waiting than it can answer in time.
 *
 * What waits is the number of connections in the queue of the worker's listening Unix socket, asked of
 * the kernel (sock_diag(7), UNIX_DIAG_RQLEN); how long they will wait is that number times the mean
 * time of a request. A quick worker is never asked: with at most LOAD_QUEUE_MAX connections waiting it
 * cannot be late. Where the kernel does not tell, nothing waits.
 */
#ifndef LASTWORDS_CGI_HTTP_LOAD_H
#define LASTWORDS_CGI_HTTP_LOAD_H

#include <stdint.h>

enum { LOAD_QUEUE_MAX = 1024 }; /* lighttpd's listen-backlog, by default */

struct load {
	int64_t mean_us; /* of a request, over the last eight or so */
	int64_t shed; /* requests that were told to come again, since told_ms */
	int64_t told_ms; /* when the journal was told last; 0 never */
};

/* A request has taken this long. Those that were shed do not count. */
void load_note(struct load *load, int64_t us);
/* Whether the queue is worth a look: full, it would be late. limit_s 0: never. */
int load_look(const struct load *load, int limit_s);
/*
 * 0: the request may wait behind no more than this. Else the seconds after which it should come again,
 * from 1 to 18, spread by any number so that not all come back at once.
 */
int load_retry_after(const struct load *load, int waiting, int limit_s, uint32_t spread);

/* How many connections wait on a listening Unix socket; 0 also if it is none, or not known. */
int load_waiting(int listener);

#endif
