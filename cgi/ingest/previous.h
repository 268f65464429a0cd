/* SPDX-License-Identifier: MIT */
/*
 * previous: which session a record belongs to that a machine sends one boot later (pstore).
 *
 * Its cost does not grow with the journal, which it must not read: it lists the machine's directory, which
 * has each session that sent a line or a log, and asks the index for sessions without either. An index
 * that is locked, damaged or missing is passed over.
 */
#ifndef LASTWORDS_CGI_INGEST_PREVIOUS_H
#define LASTWORDS_CGI_INGEST_PREVIOUS_H

#include "session/keys.h"

/*
 * The session of now's machine that died names (an id; NULL or "" unknown), if this server made it
 * and it is older than now; else the newest session of that machine before now. 1 found, 0 none.
 */
int previous_session(const char *state, struct session_keys *keys, const struct session *now,
    const char *died, struct session *out);

#endif
