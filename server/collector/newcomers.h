/* SPDX-License-Identifier: MIT */
/*
 * newcomers: what the lines of new machines (boot/known.h) may cost in one day (UTC). Anyone gets session ids by
 * asking to boot under made-up MACs, and one packet is enough for a session to have a log. Counted from the
 * collector's start. It must not write.
 */
#ifndef COLLECTOR_NEWCOMERS_H
#define COLLECTOR_NEWCOMERS_H

#include <stddef.h>
#include <stdint.h>

enum {
	NEWCOMERS_SESSIONS = 32768, /* that get a directory, as many as streams without a session */
	NEWCOMERS_EVENTS = 131072, /* 60 MB of journal and index */
};

struct newcomers {
	int64_t day; /* since 1970 */
	size_t sessions, events; /* of that day */
};

/* 1 if the session has a directory, or may have one, which is counted if its machine is new. utc: ms. */
int newcomers_may_begin(
    struct newcomers *newcomers, const char *state, const char *session, int64_t utc);
/* 1 if an event of the session ("-": of none) may be written, which is counted if its machine is new. room: the disk
 * has room. */
int newcomers_may_tell(
    struct newcomers *newcomers, const char *state, const char *session, int64_t utc, int room);

#endif
