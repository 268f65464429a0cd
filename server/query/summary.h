/* SPDX-License-Identifier: MIT */
/*
 * summary: groups as the database has counted them (db_groups), where it does, in place of groups that are made of
 * their crashes. Private to this room.
 */
#ifndef LASTWORDS_QUERY_SUMMARY_H
#define LASTWORDS_QUERY_SUMMARY_H

#include "groups.h"

/* 1 if the database counts groups, and the filter leaves out no crashes: its tag and state are of groups. */
int summary_has(const struct query *query, const struct query_filter *filter);
/* All groups, but for their releases and days; rows gets the names. 0, or -1. */
int summary_load(struct err *err, struct query *query, const struct said *said, struct rows *rows,
    struct groups *groups);
/* The releases and days of these groups. 0/-1. */
int summary_more(struct err *err, struct query *query, const struct said *said, struct rows *rows,
    struct group *const *group, size_t count);

#endif
