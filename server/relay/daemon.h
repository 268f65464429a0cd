/* SPDX-License-Identifier: MIT */
/* daemon: the relay that runs next to a boot server, and what its parts share. */
#ifndef LASTWORDS_RELAY_DAEMON_H
#define LASTWORDS_RELAY_DAEMON_H

#include <sys/types.h>

#include "base/file.h"
#include "batch.h"
#include "relay.h"
#include "session/server.h"

enum relay_state { RELAY_WAITING, RELAY_CONNECTED, RELAY_READ_ONLY, RELAY_REFUSED };

struct relay {
	const struct config *config;
	char id[SERVER_ID_LEN + 1];
	struct pq pq;
	enum relay_state state;
	char why[sizeof(((struct err *)0)->msg)]; /* not connected: why */
	int64_t since_ms; /* of the state */
	int64_t told_lost_ms, told_again_ms; /* events of this hour; 0: none */

	int server; /* server.n; 0: not known yet */
	int64_t cursor; /* the last number that is there */
	int64_t last; /* of the journal */
	int64_t oldest_ms; /* the time of the oldest line that is not there; 0: none */
	struct journal_pos pos; /* behind the cursor */
	ino_t inode; /* of that file: compaction makes another, with other offsets; 0: unknown */

	struct batch batch; /* lines after the cursor, being sent */
	struct batch_arrays arrays;
	size_t bytes_max; /* of a batch; follows the speed of the connection */

	char history[16]; /* the oldest journal file that is there */
	struct journal_pos history_pos; /* in the next older one */
	ino_t history_inode;
	int history_done;
	int64_t history_at; /* when the next piece may be sent */

	uint64_t sent, poison; /* events since the start */
	int64_t files_waiting; /* -1: unknown */
	int64_t files_oldest_ms; /* when the oldest of them booted */
	int64_t files_at, counters_at, status_at, ring_at; /* when they are due */
	int retry_ms; /* pause before the next connection */
};

/* Runs until it is killed, which it may be at any point. Returns an exit code only if it cannot run. */
int daemon_run(struct err *err, const struct config *config);

/* hello.c: connects, and says who this server is. 0; -1 with relay->state and why. */
int hello_connect(struct err *err, struct relay *relay);

/* send.c: sets relay->pos behind the cursor. 0/-1. */
int send_seek(struct err *err, struct relay *relay);
/* The next lines after the cursor. How many; 0: there are none; -1. */
long send_next(struct err *err, struct relay *relay);
/* The next piece of the lines without a number. The same. */
long send_history(struct err *err, struct relay *relay, int64_t now);
/* Sets relay->last, and relay->oldest_ms by the line after pos. */
void send_look(struct relay *relay);

/* files.c: one session that the centre wants. 1, 0: none is ready, -1. */
int files_next(struct err *err, struct relay *relay);

/* counters.c: STATE/run/metrics.prom. 0/-1. */
int counters_send(struct err *err, struct relay *relay, int64_t now);

/* ring.c: our public key; -1: this server has none. */
int ring_own(const char *state, uint8_t key[32]);
/* The public keys of the other servers into STATE/keys. 0/-1. */
int ring_fetch(struct err *err, struct relay *relay);

/* status.c: STATE/run/relay.meta, and events of connections lost and found. */
const char *status_name(enum relay_state state);
void status_write(struct relay *relay);
void status_change(struct relay *relay, enum relay_state state, const char *why);
/* Appends a message to the journal. */
void status_event(struct relay *relay, const char *what, const char *text);

#endif
