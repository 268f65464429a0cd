/* SPDX-License-Identifier: MIT */
/*
 * reindex: removes the index and makes it again from the journal and the session files
 * (update.h), or brings it up to date. It touches only STATE/index.db with its companions, and the records
 * that update.h makes.
 */
#ifndef LASTWORDS_STORE_REINDEX_H
#define LASTWORDS_STORE_REINDEX_H

#include "base/err.h"

/*
 * Makes it again. done: how many entries; progress (may be NULL) gets it as it grows. report gets what was passed
 * over. 0/-1.
 */
int reindex_state(struct err *err, const char *state, void (*report)(void *arg, const char *text),
    void (*progress)(long done), long *done);
/* Brings the index to the journal's end; not for use while a collector runs, which does that. 0/-1. */
int reindex_catch_up(
    struct err *err, const char *state, void (*report)(void *arg, const char *text));

#endif
