/* SPDX-License-Identifier: MIT */
/*
 * groups: crashes of one signature as one, from rows in memory. Pure but for groups_states. Private to this room.
 */
#ifndef LASTWORDS_QUERY_GROUPS_H
#define LASTWORDS_QUERY_GROUPS_H

#include "rows.h"

enum { GROUP_RELEASES = 8, GROUP_DAYS = 30 };
enum group_state { GROUP_NEW, GROUP_KNOWN, GROUP_MUTED, GROUP_FIXED, GROUP_REGRESSED };

struct group {
	/* numbers of the rows' names; title, class and function are of the newest crash that has the group's own
	 * signature, newest is the id of the newest session */
	int signature, title, class, function, newest;
	int own; /* private: 1 when the title is that of the group's own signature */
	long count;
	int machines, releases;
	int release[GROUP_RELEASES]; /* newest crash first */
	int64_t first_ms, last_ms; /* of the rows */
	int64_t known_ms; /* the first of all crashes, whatever the filter; set by groups_states */
	double impact;
	long days[GROUP_DAYS]; /* the last is today */
	enum group_state state; /* set by groups_states */
	const struct said_of *said; /* NULL: nothing was said */
};

struct groups {
	struct group *group;
	size_t count, room;
	int *of; /* for each row, the index of its group */
};

/* Makes the groups of all rows. 0, or -1 with nothing to free. */
int groups_make(struct err *err, struct rows *rows, const struct said *said, int64_t now_ms,
    struct groups *groups);
void groups_free(struct groups *groups);
/* The state of each. 0/-1. */
int groups_states(struct err *err, struct query *query, const struct rows *rows,
    const struct said *said, struct groups *groups);

const char *group_state_name(enum group_state state);
/* 1 if a crash of release, of a session that was begun at booted_ms, shows that the fix does not hold. */
int group_is_regress(const struct said_of *said, const char *release, int64_t booted_ms);

#endif
