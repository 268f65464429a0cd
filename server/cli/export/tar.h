/* SPDX-License-Identifier: MIT */
/*
 * tar: sessions into a tar (ustar with pax headers where a name needs them; libarchive). Each session
 * is a directory ID/ with its files as they are stored, session.json (session_json.h) and events.log
 * (its lines of the journal). The same state gives the same bytes: entries are sorted, belong to 0:0,
 * have mode 0644 and the session's own time.
 */
#ifndef LASTWORDS_CLI_EXPORT_TAR_H
#define LASTWORDS_CLI_EXPORT_TAR_H

#include "store/db.h"

struct export_tar;

/* Writes to fd, which stays the caller's. NULL on error. */
struct export_tar *export_tar_open(struct err *err, int fd);
/* store may be NULL (session_json.h). A session of which nothing is stored is an error. 0/-1. */
int export_tar_session(struct err *err, struct export_tar *tar, const char *state, struct db *db,
    const struct db_session *known);
/* Ends the archive and frees. 0/-1. NULL is allowed. */
int export_tar_close(struct err *err, struct export_tar *tar);

#endif
