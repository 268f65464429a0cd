/* SPDX-License-Identifier: MIT */
/* rate: query_rates in steps, for those that read the exposure for something else too. Private to this room. */
#ifndef LASTWORDS_QUERY_RATE_H
#define LASTWORDS_QUERY_RATE_H

#include "query.h"

struct rating;
/* As query_rates; filter outlives it. NULL on error. */
struct rating *rating_begin(
    struct err *err, struct query *query, const char *by, const struct query_filter *filter);
/* For how long machines ran, from the database. 0/-1. */
int rating_read(struct err *err, struct query *query, struct rating *rating);
/* Instead: one more of db_exposure, in its order. 0, or not 0: it has failed, as rating_end says. */
int rating_exposure(struct rating *rating, const struct db_exposure *exposure);
/* After that: counts the crashes. The document, or NULL. */
json_t *rating_end(struct err *err, struct query *query, struct rating *rating);
void rating_free(struct rating *rating);

#endif
