/* SPDX-License-Identifier: MIT */
/*
 * rising: groups with more crashes in the last days than before (query_overview). Where the database counts groups
 * (db_has_groups), only the crashes of those in the list are read. Private to this room.
 */
#ifndef LASTWORDS_QUERY_RISING_H
#define LASTWORDS_QUERY_RISING_H

#include "query.h"

/* How many crashes there were in the last 24 hours, and in 7 days. */
struct rising_counts {
	long day, week;
};
/* The groups of query_overview's "rising", and the counts. NULL on error. */
json_t *rising_list(struct err *err, struct query *query, struct rising_counts *counts);

#endif
