/* SPDX-License-Identifier: MIT */
/*
 * reindex: removes the index and makes it again from the journal and the session files (index.h), for
 * `lastwords reindex` and `lastwords fsck --mend`; or brought up to date, for `lastwords prune`. It touches nothing but STATE/index.db and its
 * companions, and the records that index.h makes.
 */
#ifndef LASTWORDS_REINDEX_H
#define LASTWORDS_REINDEX_H

#include "err.h"

/* done: how many entries; unless quiet, stderr says once a second how many so far. 0/-1. */
int reindex_state(struct err *err, const char *state, int quiet, long *done);
/* Brings the index to the journal's end as it is, unless a collector runs, which does that itself. 0/-1. */
int reindex_catch_up(struct err *err, const char *state);

#endif
