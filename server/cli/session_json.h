/* SPDX-License-Identifier: MIT */
/*
 * session_json: all that is known of one session as one JSON object: the crash (crash_json.h) and
 *
 *   why          why it was not armed, where it was not
 *   armed, running, died, captured, ended   times (RFC 3339, UTC), those that are known
 *   kept         true: a person marked it, nothing removes it (retain.h)
 *   counts       netconsole's: packets, lines, bytes, lost, truncated, late, duplicates
 *   files        [{"name", "bytes"}], by name
 *   events       [{"time", "event", "pairs": {KEY: VALUE}}], oldest first
 *
 * Without an index (store NULL) state and times are left out, and the events are the journal's own.
 */
#ifndef LASTWORDS_CLI_SESSION_JSON_H
#define LASTWORDS_CLI_SESSION_JSON_H

#include <stdio.h>

#include "store/db.h"

/* known is the index's row; without an index only its id is set. 0/-1; out has then a part of it. */
int session_json_write(
    struct err *err, FILE *out, const char *state, struct db *db, const struct db_session *known);
/* The session's events as journal lines, oldest first. 0/-1. */
int session_events_write(
    struct err *err, FILE *out, const char *state, struct db *db, const char *id);

#endif
