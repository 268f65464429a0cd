/* SPDX-License-Identifier: MIT */
/*
 * reindex: removes the index and makes it again from the journal and the session files (store/update.h), for
 * `lastwords reindex` and `lastwords fsck --mend`; or brought up to date, for `lastwords prune`. It touches nothing but STATE/index.db and its
 * companions, and the records that store/update.h makes.
 */
#ifndef LASTWORDS_CLI_REINDEX_H
#define LASTWORDS_CLI_REINDEX_H

#include "base/err.h"

/* done: how many entries; unless quiet, stderr says once a second how many so far. 0/-1. */
int reindex_state(struct err *err, const char *state, int quiet, long *done);
/* Brings the index to the journal's end as it is, unless a collector runs, which does that itself. 0/-1. */
int reindex_catch_up(struct err *err, const char *state);

#endif
