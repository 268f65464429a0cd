/* SPDX-License-Identifier: MIT */
/*
 * grouping: the crashes of an answer, their groups with states, and a group as an object of query.h's documents.
 * Private to this room.
 */
#ifndef LASTWORDS_QUERY_GROUPING_H
#define LASTWORDS_QUERY_GROUPING_H

#include "groups.h"

/* Everything that an answer about groups needs. */
struct grouping {
	struct said said;
	struct rows rows;
	struct groups groups;
	int summed; /* of db_groups: there are no rows, and releases and days come by grouping_more */
};

enum { GROUPS_ONLY = 2 }; /* for ROWS_LIGHT: the groups only, and rows as far as it takes them */

/* Loads the crashes of filter and makes their groups, with states. 0, or -1 with nothing to free. */
int grouping_load(struct err *err, struct query *query, const struct query_filter *filter,
    int heavy, struct grouping *grouping);
void grouping_free(struct grouping *grouping);

/* What grouping_object needs of these groups, after GROUPS_ONLY. 0/-1. */
int grouping_more(struct err *err, struct query *query, struct grouping *grouping,
    struct group *const *group, size_t count);

/* 1 if the group has the filter's tag and state. */
int grouping_matches(const struct group *group, const struct query_filter *filter);

/* A group's fields (query_groups). NULL out of memory. */
json_t *grouping_object(const struct grouping *grouping, const struct group *group);

/* By impact, then by the last crash, both descending. For qsort_r(3), of struct group. */
int group_order_impact(const void *a, const void *b, void *unused);

#endif
