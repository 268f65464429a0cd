/* SPDX-License-Identifier: MIT */
/*
 * retain: which sessions are removed, and in which order. Pure: a list and limits in, marks out;
 * prune.h removes.
 *
 * Three classes, each in the order of last activity, oldest first:
 *   1. sessions without a crash, unassigned streams, and transcripts of consoles outside sessions;
 *   2. the newest session of each machine that has run, if it has no crash: the machine may still
 *      run it, however silent;
 *   3. sessions with a crash (netconsole reported one, or a dump was uploaded).
 * Never removed: sessions that a person marked (`lastwords keep`), and those with activity in the
 * last RETAIN_FRESH_MS or in the future (the clock may have been set back).
 * With keep_until_central also not, but for the floor: sessions that a central database may lack.
 *
 * The limits, each 0 for none:
 *   age            of class 1 (keep_days) and class 3 (keep_days_crash); class 2 has no limit
 *   size_machine   bytes of each machine's sessions: classes 1, 2, 3 are removed in this order; the same
 *                  for the streams of each address, and for the transcripts of each console
 *   size           the same for all sessions
 *   floor          bytes to keep free on the disk: below it classes 1 and 2 are removed until free
 *                  space is twice the floor. Crashes are never removed for it.
 *
 * Anyone can send lines and upload logs, as much as the network carries, so that a limit alone would let strangers
 * have all logs removed. What began within RETAIN_YOUNG_MS therefore counts for at most a part of a limit
 * (1/RETAIN_YOUNG_PART; for the floor, of all that is stored), and when there is more of it, that is removed
 * before older items: the largest first, of any class that may be removed.
 * Of these, the newest session and the newest crash of a machine that has older sessions go last. For its own limit
 * they do not go before older ones, unless one is larger than that part.
 */
#ifndef LASTWORDS_RETAIN_RETAIN_H
#define LASTWORDS_RETAIN_RETAIN_H

#include <stddef.h>
#include <stdint.h>

#include "session/session.h"

enum {
	RETAIN_FRESH_MS = 3600 * 1000,
	RETAIN_YOUNG_MS = 24 * RETAIN_FRESH_MS,
	RETAIN_YOUNG_PART = 4,
	RETAIN_NAME_MAX = 96
};

enum retain_why { RETAIN_STAYS, RETAIN_AGE, RETAIN_MACHINE, RETAIN_SIZE, RETAIN_FLOOR };

enum retain_kind {
	RETAIN_SESSION, /* STATE/sessions/MAC/ID, or only in the journal */
	RETAIN_PSTORE, /* STATE/sessions/MAC/pstore */
	RETAIN_STREAM, /* STATE/streams/NAME.log and its companions, or an older part, NAME@TIME.log */
	RETAIN_CONSOLE, /* files in STATE/consoles/TARGET: those of the older part, or the others */
};

struct retain_item {
	/* session id, "MAC/pstore", ADDRESS-PORT[@TIME], other[@TIME], or TARGET[/1] */
	char name[RETAIN_NAME_MAX];
	enum retain_kind kind;
	/* the time in a session's id; of others, when the oldest file was made; 0 unknown */
	int64_t began_ms;
	int64_t last_ms; /* last activity */
	int64_t up_ms; /* when the machine came up; 0: it did not, or unknown */
	uint64_t bytes;
	int crashed, marked, newest; /* newest: of its machine, and it has run */
	int stored; /* has a directory */
	enum retain_why why; /* result */
	int spared; /* private: the newest session, or crash, of a machine that has older ones */
};

struct retain_policy {
	int64_t age_ms, age_crash_ms;
	int64_t aged_ms; /* until when ages are counted, at most now; 0: now */
	uint64_t size, size_machine, floor;
	uint64_t free; /* bytes free now */
	int waits; /* keep_until_central: … */
	int64_t
	    unsent_ms; /* … the central database has all that is older; 0: it may have nothing */
};

const char *retain_why_name(enum retain_why why); /* "age" … */
/* Sets why of each item and sorts the list: first those to remove, in order, then those that stay.
 * Returns how many to remove. */
size_t retain_choose(
    struct retain_item *items, size_t count, const struct retain_policy *policy, int64_t now_ms);

#endif
