/* SPDX-License-Identifier: MIT */
/*
 * sources: all senders that are known. Finds the source of each packet, limits its rate, and gives each
 * source its time.
 *
 * Limits: SOURCES_MAX sources (5 KB of memory each); of those, the one that was silent longest is
 * forgotten for a new one (sources without a session first; the order is exact to SOURCES_YOUNG_MS).
 * SOURCES_RATE bytes a second for each. It must not decide where lines go: source.c does.
 */
#ifndef COLLECTOR_SOURCES_H
#define COLLECTOR_SOURCES_H

#include <sys/queue.h>
#include <sys/socket.h>

#include "collector/wire/receive.h"
#include "source.h"

enum {
	SOURCES_MAX = 32768,
	SOURCES_RATE = 16 << 20, /* bytes a second, in the long run */
	SOURCES_BURST = 64 << 20, /* bytes at once */
	SOURCES_TURN = 64, /* decisions in one tick */
	SOURCES_YOUNG_MS = 5000,
	SOURCES_BUCKETS = 16384,
};

struct sender;
LIST_HEAD(sender_bucket, sender);
TAILQ_HEAD(sender_list, sender);

struct sources {
	struct source_shared shared;
	struct sender_bucket bucket[SOURCES_BUCKETS];
	struct sender_list bound, unbound; /* the youngest first */
	struct sender_list active; /* those for which something waits */
	size_t count, max;
	uint64_t limited, evicted; /* packets over the rate; sources forgotten for new ones */
};

void sources_init(struct sources *sources, const char *state, struct logfiles *logs,
    const struct source_env *env);
/* Hints (prefetch.h) that packets of these senders come, RECEIVE_BATCH at most. */
void sources_prefetch(struct sources *sources, const struct sockaddr_storage *from, size_t count);
/* from is sockaddr_in or sockaddr_in6; others are ignored. */
void sources_packet(struct sources *sources, const struct sockaddr *from, const char *buf,
    size_t len, int64_t now, int64_t utc);
/* Gives out what has waited long enough, with SOURCES_TURN decisions at most. Returns 0 if nothing
 * waits any more, 1 if something does, 2 if there is more to do at once. */
int sources_tick(struct sources *sources, int64_t now, int64_t utc);
/* Gives out and writes everything, then forgets all sources. */
void sources_finish(struct sources *sources, int64_t now, int64_t utc);

#endif
