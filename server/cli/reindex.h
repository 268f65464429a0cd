/* SPDX-License-Identifier: MIT */
/*
 * reindex: removes the index and makes it again from the journal and the session files (index.h), for
 * `lastwords reindex` and `lastwords fsck --mend`. It touches nothing but STATE/index.db and its
 * companions, and the records that index.h makes.
 */
#ifndef LASTWORDS_REINDEX_H
#define LASTWORDS_REINDEX_H

#include "err.h"

/* done: how many entries; unless quiet, stderr says once a second how many so far. 0/-1. */
int reindex_state(struct err *err, const char *state, int quiet, long *done);

#endif
