/* SPDX-License-Identifier: MIT */
/*
 * retain: which sessions go, and in which order. Pure: a list and limits in, marks out; prune.h removes.
 *
 * Three classes, each the one with the oldest sign of life first:
 *   1. sessions without a crash, and the streams of nobody's session;
 *   2. the newest session of each machine that has run, if it has no crash: the machine may still be
 *      at it, however silent;
 *   3. sessions that crashed (died by netconsole's word, or uploaded).
 * Never: what a person has marked (`lastwords keep`), and what has given a sign of life in the last
 * RETAIN_FRESH_MS (or in the future: a clock that was set back must not cost anything).
 *
 * The limits, each 0 for none:
 *   age            of class 1 (keep_days) and of class 3 (keep_days_crash); class 2 does not age
 *   size_machine   bytes of each machine's sessions: classes 1, 2, 3 in this order until it fits
 *   size           the same for all
 *   floor          bytes that stay free on the disk: while there are less, classes 1 and 2 go until
 *                  there are a quarter more than that. Crashes never go for it.
 */
#ifndef LASTWORDS_RETAIN_H
#define LASTWORDS_RETAIN_H

#include <stddef.h>
#include <stdint.h>

#include "session/session.h"

enum { RETAIN_FRESH_MS = 3600 * 1000, RETAIN_NAME_MAX = 96 };

enum retain_why { RETAIN_STAYS, RETAIN_AGE, RETAIN_MACHINE, RETAIN_SIZE, RETAIN_FLOOR };

enum retain_kind {
	RETAIN_SESSION, /* STATE/sessions/MAC/ID, or in the journal only */
	RETAIN_PSTORE, /* STATE/sessions/MAC/pstore */
	RETAIN_STREAM, /* STATE/streams/NAME.log and what belongs to it */
};

struct retain_item {
	char name[RETAIN_NAME_MAX]; /* session id, "MAC/pstore", or ADDRESS-PORT */
	enum retain_kind kind;
	int64_t last_ms; /* last sign of life */
	int64_t up_ms; /* when the machine came up in it; 0 not, or not known (not looked at) */
	uint64_t bytes;
	int crashed, marked, newest; /* newest: of its machine, and it has run */
	int stored; /* has a directory */
	enum retain_why why; /* result */
};

struct retain_policy {
	int64_t age_ms, age_crash_ms;
	uint64_t size, size_machine, floor;
	uint64_t free; /* bytes free now */
};

const char *retain_why_name(enum retain_why why); /* "age" … */
/* Sets why of each; sorts the list: what goes first comes first, what stays is at the end. How many
 * go. */
size_t retain_choose(
    struct retain_item *items, size_t count, const struct retain_policy *policy, int64_t now_ms);

#endif
