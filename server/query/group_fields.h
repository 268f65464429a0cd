/* SPDX-License-Identifier: MIT */
/* group_fields: crashes and groups as objects of query.h's documents. Private to this room. */
#ifndef LASTWORDS_QUERY_GROUP_FIELDS_H
#define LASTWORDS_QUERY_GROUP_FIELDS_H

#include "groups.h"

/* Everything that an answer about groups needs. */
struct grouping {
	struct said said;
	struct rows rows;
	struct groups groups;
};

/* Loads the crashes of filter and makes their groups, with states. 0, or -1 with nothing to free. */
int grouping_load(struct err *err, struct query *query, const struct query_filter *filter,
    int heavy, struct grouping *grouping);
void grouping_free(struct grouping *grouping);

/* A group's fields (query_groups). NULL out of memory. */
json_t *grouping_object(const struct grouping *grouping, const struct group *group);

/* The most that strikes, then the newest, first. For qsort_r(3), of struct group. */
int group_order_impact(const void *a, const void *b, void *unused);

#endif
