/* SPDX-License-Identifier: MIT */
/*
 * relay: this server's part in the central database. lastwords-relay(8) says what it does for people; this is how.
 *
 * THE FILES STAY THE TRUTH. The relay reads STATE and writes to PostgreSQL. Nothing on the way of a boot, a capture or
 * an upload waits for it, and it may be killed at any point: all that it has to remember is in the centre, in the same
 * transaction as the rows. There is no queue; the journal is the queue.
 *
 *   pq        one connection: bounded waits, errors in one line, what kind of fault it was
 *   schema    the numbered upgrades of schema/ (compiled in), init, upgrade
 *   hello     who this server is, where its cursor stands, and whether the journal here is the one that it came from
 *   batch     journal lines to the arguments of put_batch: rows of events, and what they say of sessions
 *   send      the journal from the cursor on, and the history before it, in batches
 *   files     logs, records and crashes of the sessions that the centre wants
 *   counters  each minute the server's counters
 *   ring      public keys: ours to the centre, the others' to STATE/keys
 *   status    STATE/run/relay.meta
 *   daemon    the loop of all these
 *   read_*    the engine over the centre for server/query (store/engine.h)
 *
 * ONE BATCH is one call of put_batch (schema/003.sql): at most BATCH_EVENTS lines or a number of bytes that follows
 * the speed of the connection. It moves the cursor from the number before the first line to the last one's number; a
 * cursor that is elsewhere is a refusal, after which the relay asks again where it is. So neither an answer that was
 * lost, nor a failover to a standby that has not got the last second, can lose or double a line.
 *
 * LINES WITHOUT A NUMBER (journal.h) are history. They are sent newest file first, at HISTORY_RATE lines a second, with
 * a hash as number; the centre has the file that is done. Twice is without harm.
 *
 * A ROW THAT THE DATABASE REFUSES although the text was made valid is searched by halving its batch, reported as an
 * event and left out; the cursor goes on.
 */
#ifndef LASTWORDS_RELAY_RELAY_H
#define LASTWORDS_RELAY_RELAY_H

#include <stdint.h>

#include "base/err.h"
#include "config/config.h"
#include "pq.h"

enum {
	RELAY_BATCH_EVENTS = 1000,
	RELAY_BATCH_BYTES = 1 << 20,
	RELAY_HISTORY_RATE = 1000, /* lines a second */
	RELAY_PAUSE_MIN_MS = 1000, /* between two connections; doubles, with jitter */
	RELAY_PAUSE_MAX_MS = 60000,
	RELAY_COUNTERS_MS = 60000,
};

/* Exit codes of the program. */
enum { RELAY_OK = 0, RELAY_FAILED = 1, RELAY_USAGE = 2, RELAY_NOT_FOUND = 4, RELAY_NO_CENTRE = 5 };

#endif
