/* SPDX-License-Identifier: MIT */
/*
 * previous: which session a record belongs to that a machine brings one boot later (pstore).
 *
 * It reads the journal, which knows sessions of which nothing was ever stored; never the database.
 */
#ifndef LASTWORDS_CGI_INGEST_PREVIOUS_H
#define LASTWORDS_CGI_INGEST_PREVIOUS_H

#include "base/err.h"
#include "session/session.h"

/*
 * The session of now's machine that died says (an id; NULL or "" unknown), if this server made it
 * and it is older than now; else the newest session of that machine before now, which the journal
 * has from this or the previous month. 1 found, 0 none, -1.
 */
int previous_session(struct err *err, const char *state, const struct session_key *key,
    const struct session *now, const char *died, struct session *out);

#endif
