/* SPDX-License-Identifier: MIT */
/*
 * correlate: what the crashes of a group have in common that others have not, and whether they fall on few machines.
 * Private to this room.
 */
#ifndef LASTWORDS_QUERY_CORRELATE_H
#define LASTWORDS_QUERY_CORRELATE_H

#include "grouping.h"

enum { CORRELATE_MAX = 20 };

struct correlate;
/* Begins with a group, by the signature that its crashes count as; grouping has those crashes and no others, with
 * their facts (ROWS_HEAVY), and outlives it. Reads all other crashes. NULL on error. */
struct correlate *correlate_begin(
    struct err *err, struct query *query, struct grouping *grouping, const char *signature);
/* The fleet, from the database's sums (db_has_sums). 0/-1. */
int correlate_read(struct err *err, struct query *query, struct correlate *correlate);
/* Instead: one more of db_exposure. 0/-1. */
int correlate_exposure(
    struct err *err, struct correlate *correlate, const struct db_exposure *exposure);
/* After that: sets "correlations" and "concentration" (query.h). */
void correlate_end(struct correlate *correlate, json_t *document);
void correlate_free(struct correlate *correlate);

/*
 * How far two shares are apart, in standard errors: of a crashes of m machines the share is s, of others' t. Crashes
 * of one machine are not independent of each other, so machines are what is counted. 0 where nothing is known.
 */
double correlate_score(double share, double machines, double others, double other_machines);

/*
 * How likely it is that crashes fall on at most hit different machines, if each strikes any of machines by chance
 * (not an integer: machines whose chances differ count as 1 / the sum of their squared shares). 1 where there is
 * nothing to compare. Exact up to CORRELATE_CRASHES_MAX crashes, for more by the normal distribution.
 */
enum { CORRELATE_CRASHES_MAX = 2000 };
double correlate_chance(long crashes, long hit, double machines);

#endif
