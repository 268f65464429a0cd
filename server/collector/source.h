/* SPDX-License-Identifier: MIT */
/*
 * source: one sender of netconsole packets (address and port), and the log to which its lines go.
 *
 * Its binding is one of:
 *   HOLDING     lines are kept in memory, up to SOURCE_HOLD_MS and SOURCE_HOLD_MAX, until the session's id
 *               is seen in the replayed command line
 *   BOUND       a line, or what a record has behind it (netconsole_dictionary), had "lastwords.session=ID"
 *               with a valid id: the lines go to that session
 *   GUESSED     no id was seen; the lines go to the session that the address suggests. An id that is seen
 *               later moves them from there.
 *   UNASSIGNED  no session is known: streams/ADDRESS-PORT.log
 * When the stream reports a restart (another kernel, or the same log from its beginning) it is HOLDING
 * again. A log drops the lines that it has already, so a replay doubles nothing.
 * streams/ADDRESS-PORT.bound keeps a binding over a restart of the collector.
 *
 * What strangers can cost, however many addresses they make up: SOURCE_UNASSIGNED_FILES unassigned streams
 * have a log of their own (two files each). The others share streams/other.log, in which each line names its
 * sender, until old logs have been removed. No line is left out for that. Sessions of made-up machines get a log
 * only within newcomers.h's limits; the streams of others stay unassigned.
 *
 * It must not know other sources, open sockets, read clocks, or use the index: struct source_env has the
 * functions for that.
 */
#ifndef COLLECTOR_SOURCE_H
#define COLLECTOR_SOURCE_H

#include <netinet/in.h>
#include <stdint.h>

#include "collector/log/logfile.h"
#include "newcomers.h"
#include "session/keys.h"

enum {
	SOURCE_HOLD_MS = 3000,
	SOURCE_HOLD_MAX = 256 << 10, /* bytes */
	SOURCE_HOLD_ALL = 64 << 20, /* bytes, of all sources */
	SOURCE_UNASSIGNED_FILES = 32768,
	SOURCE_COUNT_MS =
	    60 * 1000, /* the files are counted again this often while there are too many */
	SOURCE_SILENT_MS = 2000, /* after a crash, before its log is read for the report */
};

enum source_binding { SOURCE_HOLDING, SOURCE_BOUND, SOURCE_GUESSED, SOURCE_UNASSIGNED };

struct source;

struct source_env {
	struct session_keys *keys;
	void *arg;
	/* The session that the address suggests for a kernel that booted at about boot_ms (UTC).
	 * 1 and the id, or 0. */
	int (*guess)(void *arg, const char *address, int64_t boot_ms, char id[SESSION_ID_MAX + 1]);
	/* An event for the journal; session "-" for none. */
	void (*event)(
	    void *arg, const char *event, const char *session, const char *key, const char *value);
	/* A line that a log has taken, once; session "" for none. May be NULL. */
	void (*line)(
	    void *arg, const char *address, const char *session, const struct stream_line *line);
};

/* What all sources share. */
struct source_shared {
	struct source_env env;
	const char *state;
	struct logfiles *logs;
	size_t held; /* bytes */
	size_t streams; /* bytes that wait in their streams */
	size_t unassigned_files, unassigned_max;
	struct newcomers newcomers;
	int64_t counted_at; /* when they were last counted, or became too many */
	int64_t now,
	    utc; /* of the call in progress: monotonic and real, milliseconds; set by the caller */
};

void source_shared_init(struct source_shared *shared, const char *state, struct logfiles *logs,
    const struct source_env *env);

/* A new source, or as it was before a restart of the collector. IPv4 is ::ffff:a.b.c.d; port in host byte
 * order. NULL when out of memory. */
struct source *source_new(
    struct source_shared *shared, const struct in6_addr *address, uint16_t port);
/* Gives out and writes what it has. */
void source_free(struct source *source);
/* A source that another needs the place of: its binding is not kept, so that files do not outnumber sources.
 * To be freed then. */
void source_forget(struct source *source);
/* Hints (prefetch.h) that a packet of it comes. Each step, from 0, follows what the one before has fetched. */
enum { SOURCE_PREFETCH_STEPS = 3 };
void source_prefetch(const struct source *source, int step);
void source_packet(struct source *source, const char *buf, size_t len);
/* A packet was dropped because of the sender's rate. */
void source_count_limited(struct source *source);
enum source_binding source_binding(const struct source *source);

/* What source_tick has to do. */
enum source_work {
	SOURCE_IDLE, /* nothing waits */
	SOURCE_WAITS,
	SOURCE_LATE, /* held lines wait for a decision that is due; it may open files */
};
/* Gives out what has waited long enough; decides for held lines, but only if *decisions is over 0, which
 * is one less then. Returns what is left. */
enum source_work source_tick(struct source *source, int *decisions);
/* 1 if source_tick will have something to do. */
int source_waits(const struct source *source);

#endif
