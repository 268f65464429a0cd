/* SPDX-License-Identifier: MIT */
/*
 * source: the senders of netconsole packets, each an address and a port, and whose session each is.
 *
 * A source is in one of these bindings:
 *   HOLDING  lines are kept in memory, up to SOURCE_HOLD_MS and SOURCE_HOLD_MAX, for the session's
 *            id to come by in the replayed command line
 *   BOUND    a line had "lastwords.session=ID" and the id is ours: the lines go to that session
 *   GUESSED  no id was seen; the lines go to the session that the address suggests. An id that
 *            comes later takes them back from there.
 *   APART    nobody's: streams/ADDRESS-PORT.log
 * When the stream says restart (another kernel, or the same from the beginning) it is HOLDING
 * again. The id decides where its lines go, and a log leaves out the lines that it has already, so
 * that a replay doubles nothing. streams/ADDRESS-PORT.bound remembers a binding over a restart of
 * the collector.
 *
 * Limits: SOURCE_MAX sources, of which the longest silent go (those without a session first, and to
 * within SOURCE_YOUNG_MS);
 * SOURCE_RATE bytes a second and source; SOURCE_APART_FILES logs of nobody, then one for the rest
 * until old ones have been removed.
 *
 * It must not open sockets, read clocks, or know the index: struct source_env has what it asks for.
 */
#ifndef COLLECTOR_SOURCE_H
#define COLLECTOR_SOURCE_H

#include <netinet/in.h>
#include <stdint.h>

#include "collector/log/logfile.h"
#include "collector/wire/stream.h"
#include "session/session.h"

enum {
	SOURCE_MAX = 16384,
	SOURCE_HOLD_MS = 3000,
	SOURCE_HOLD_MAX = 256 << 10, /* bytes */
	SOURCE_HOLD_ALL = 64 << 20, /* of all sources */
	SOURCE_RATE = 16 << 20, /* bytes a second, in the long run */
	SOURCE_BURST = 64 << 20, /* bytes at once */
	SOURCE_APART_FILES = 4096,
	SOURCE_COUNT_MS = 60 * 1000, /* so often they are counted again while there are so many */
	SOURCE_QUIET_MS = 2000, /* after a death, before its log is read for the title */
	SOURCE_TURN = 64,
	SOURCE_YOUNG_MS = 5000,
	SOURCE_BUCKETS = 16384,
	SOURCE_COMING = 64,
};

#define SOURCE_TOLD (-2) /* the line was given out before, it only moves */

enum source_binding { SOURCE_HOLDING, SOURCE_BOUND, SOURCE_GUESSED, SOURCE_APART };

/* What every packet needs is together, in front. */
struct source {
	struct in6_addr address; /* IPv4 as ::ffff:a.b.c.d */
	uint16_t port; /* host byte order */
	struct source *bucket_next;
	struct stream *stream;
	struct logfile *log; /* NULL while HOLDING */
	int64_t tokens, tokens_at; /* of the rate limit */
	int64_t young_at; /* when it was put in front of the others */
	enum source_binding binding;
	int active;
	int flush; /* somebody waits for the last line */
	int prio; /* of the line that is written: stream_prio, or SOURCE_TOLD */
	size_t held_len, held_size;
	uint64_t usec; /* kernel's time of the last timed line */
	uint64_t written; /* bytes written in a GUESSED or APART log */
	int64_t began; /* offset there where our lines begin */
	char *held;
	int64_t held_since;
	struct source *age_next, *age_prev, *active_next, *active_prev;
	char name[LOGFILE_NAME_MAX]; /* "10.0.2.15-6665", "fe80::1-6665" */
	char previous[SESSION_ID_MAX + 1]; /* session before the restart; "" none */
};

struct source_env {
	const struct session_key *key;
	void *arg;
	/* The session that the address suggests for a kernel that booted at about boot_ms (UTC).
	 * 1 and the id, or 0. */
	int (*guess)(void *arg, const char *address, int64_t boot_ms, char id[SESSION_ID_MAX + 1]);
	/* An event for the journal; session "-" for none. */
	void (*event)(
	    void *arg, const char *event, const char *session, const char *key, const char *value);
	/* A line that a log has taken, once; session "" for none, prio as stream_prio. May be NULL. */
	void (*line)(void *arg, const char *address, const char *session, int prio,
	    const char *text, size_t len);
};

struct sources {
	struct source_env env;
	struct logfiles *logs;
	struct source *bucket[SOURCE_BUCKETS];
	struct source bound, unbound, active; /* list heads; the ages newest first */
	size_t count, held, apart_files;
	int64_t apart_at; /* when they became too many, or were last counted */
	uint64_t limited, evicted; /* packets over the rate; sources that had to go */
	int64_t now, utc; /* of the call in progress: monotonic and real, milliseconds */
};

void sources_init(struct sources *sources, struct logfiles *logs, const struct source_env *env);
/* Packets of these are about to come, at most SOURCE_COMING: what is kept of them is fetched from memory
 * for all at once, which is quicker than for one after the other. It changes nothing. */
void sources_coming(
    const struct sources *sources, const struct sockaddr_storage *from, size_t count);
/* from is sockaddr_in or sockaddr_in6; others are ignored. */
void sources_packet(struct sources *sources, const struct sockaddr *from, const char *buf,
    size_t len, int64_t now, int64_t utc);
/* Everything whose time has come, but decides on SOURCE_TURN sources at most. Returns 0 if nothing
 * waits any more, 1 if something does, 2 if there is more to do at once. */
int sources_tick(struct sources *sources, int64_t now, int64_t utc);
/* Gives out and writes everything, decides what is held; then forgets all sources. */
void sources_finish(struct sources *sources, int64_t now, int64_t utc);

#endif
