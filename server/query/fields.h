/* SPDX-License-Identifier: MIT */
/*
 * fields: what several documents of query.h have in common. Private to this room. Each json_t * is a new
 * reference, NULL when memory is short.
 */
#ifndef LASTWORDS_QUERY_FIELDS_H
#define LASTWORDS_QUERY_FIELDS_H

#include <jansson.h>

#include "base/file.h"
#include "query.h"
#include "session/session.h"

/*
 * Finds a session by its id: its row, its directory (which may be gone), its parts. *known is zeroed but for its id
 * without an index (query->db NULL). 0, or -1: query->missing says whether there is no such session.
 */
int query_find(struct err *err, struct query *query, const char *id, struct db_session *known,
    struct session *session, char dir[FILE_PATH_MAX]);

/* Sets err, and query->missing. Always returns -1. */
int query_miss(struct err *err, struct query *query, const char *what, const char *name);

/* A row of query_sessions. */
json_t *query_session_row(const struct db_session *known);

/* An event; session NULL or "-": none. text: the pairs of the journal line, encoded. */
json_t *query_event(int64_t time_ms, const char *event, const char *session, const char *text);

/* Appends to a list; 0, or -1 out of memory (item may be NULL). */
int query_append(json_t *list, json_t *item);
/* The document, or NULL: rc is -1 and err is set, or the document is NULL, out of memory. */
json_t *query_done(struct err *err, json_t *document, int rc);

/* A state by its name or the beginning of it ("ended"); NULL and "": any. 0, or -1: there is no such state. */
int query_state(struct err *err, struct query *query, const char *name, int *state);

/* At most QUERY_PAGE_MAX; 0: QUERY_PAGE. */
int query_limit(int limit);

#endif
