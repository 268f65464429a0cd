/* SPDX-License-Identifier: MIT */
/*
 * session_json: one session as one JSON object: the crash (crash_json.h) and
 *
 *   why          why it was not armed
 *   armed, running, died, captured, ended   known times (RFC 3339, UTC)
 *   kept         true: a person marked it, and it is never removed (retain.h)
 *   counts       netconsole's: packets, lines, bytes, lost, truncated, late, duplicates
 *   files        [{"name", "bytes"}], by name
 *   events       [{"time", "event", "pairs": {KEY: VALUE}}], oldest first
 *
 * Without an index (db NULL) state and times are left out, and the events are read from the journal.
 */
#ifndef LASTWORDS_CLI_SESSION_JSON_H
#define LASTWORDS_CLI_SESSION_JSON_H

#include <stdio.h>

#include "store/db.h"

/* known is the index's row; without an index only its id is set. 0, or -1 when out may have a part. */
int session_json_write(
    struct err *err, FILE *out, const char *state, struct db *db, const struct db_session *known);
/* The session's events as journal lines, oldest first. 0/-1. */
int session_events_write(
    struct err *err, FILE *out, const char *state, struct db *db, const char *id);

#endif
