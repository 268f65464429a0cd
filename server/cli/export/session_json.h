/* SPDX-License-Identifier: MIT */
/*
 * session_json: one session as a line of JSON, the document of query_session (query/query.h) with paths; and its
 * events as lines of the journal. Without an index (db NULL) states and times are left out, and the events are read
 * from the journal.
 */
#ifndef LASTWORDS_CLI_EXPORT_SESSION_JSON_H
#define LASTWORDS_CLI_EXPORT_SESSION_JSON_H

#include <stdio.h>

#include "store/db.h"

/* 0, or -1 when out may have a part. */
int session_json_write(
    struct err *err, FILE *out, const char *state, struct db *db, const char *id);
/* The session's events as journal lines, oldest first. 0/-1. */
int session_events_write(
    struct err *err, FILE *out, const char *state, struct db *db, const char *id);

#endif
