/* SPDX-License-Identifier: MIT */
/*
 * read: the engine over the central database (store/engine.h), and what its parts share: statements that are put
 * together with their parameters, and the columns of their rows. Private to read_*.c and ask.c; it only reads.
 */
#ifndef LASTWORDS_RELAY_READ_H
#define LASTWORDS_RELAY_READ_H

#include "base/file.h"
#include "pq.h"
#include "store/engine.h"

enum { READ_SQL_MAX = 8192, READ_STATEMENT_MS = 30000 };

/* A connection that is set up for reading: search_path, read only, READ_STATEMENT_MS. 0/-1 with pq->fault. */
int read_prepare(struct err *err, struct pq *pq);
/* A db over that connection, which stays the caller's. NULL: out of memory. */
struct db *read_open(struct err *err, struct pq *pq);

/* --- statements: read_sql.c -------------------------------------------------------------------------- */

/* Zero it first; sql_end() releases its parameters. */
struct sql {
	char text[READ_SQL_MAX];
	size_t len;
	struct pq_params params;
	int overflow;
	int whole; /* all rows are read before the first is given out, so that its taker may ask again */
};

void sql_add(struct sql *sql, const char *text);
/* The same, in which each "$#" stands for the value. */
void sql_add_text(struct sql *sql, const char *text, const char *value);
void sql_add_big(struct sql *sql, const char *text, int64_t value);
void sql_add_time(struct sql *sql, const char *text, int64_t ms); /* not 0 */
void sql_add_texts(struct sql *sql, const char *text, const char *const *values, int count);

/*
 * Runs it, and calls got for each row as it comes (binary columns: sql_… below; row 0 of result is it); got returns 0
 * to go on. Releases sql. Count, or -1.
 */
long sql_each(struct err *err, struct pq *pq, struct sql *sql,
    int (*got)(void *arg, const PGresult *result), void *arg);
/* One number of one row. -1 on error. */
long sql_number(struct err *err, struct pq *pq, struct sql *sql);

const char *sql_text(const PGresult *result, int column); /* "" for NULL */
int64_t sql_time(const PGresult *result, int column); /* ms; 0 for NULL */
int64_t sql_big(const PGresult *result, int column); /* of int4, int8; 0 for NULL */
double sql_double(const PGresult *result, int column); /* of float8; 0 for NULL */
int sql_bool(const PGresult *result, int column);
int sql_null(const PGresult *result, int column);
/* The column of a session or a crash. */
const char *sql_by(enum db_by by);

/* The pattern of LIKE for what begins so, or holds it (before "%"): its wildcards are escaped. */
enum { READ_LIKE_MAX = 1024 };
void sql_like(const char *before, const char *text, char to[READ_LIKE_MAX]);

/* --- the engine's members ---------------------------------------------------------------------------- */

long read_sessions(struct err *err, struct db *db, const struct db_query *query,
    int (*got)(void *arg, const struct db_session *session), void *arg);
long read_list(struct err *err, struct db *db, const struct db_list *list, long *total,
    int (*got)(void *arg, const struct db_session *session), void *arg);
long read_machines(struct err *err, struct db *db, const struct db_list *list, long *total,
    int (*got)(void *arg, const struct db_session *session), void *arg);
long read_machine_crashes(struct err *err, struct db *db, const char *mac);
int read_session_by_id(struct err *err, struct db *db, const char *id, struct db_session *session);
int read_session_before(
    struct err *err, struct db *db, const struct session *session, char id[SESSION_ID_MAX + 1]);
long read_crash_rows(struct err *err, struct db *db, const struct db_crash_filter *filter,
    int (*got)(void *arg, const struct db_crash_row *row), void *arg);
long read_crash_count(struct err *err, struct db *db, const struct db_crash_filter *filter);
long read_signatures(struct err *err, struct db *db,
    int (*got)(void *arg, const char *signature, int64_t first_ms), void *arg);
long read_groups(struct err *err, struct db *db, const char *const *signatures, int count,
    int64_t now_ms, int (*got)(void *arg, const struct db_group *group), void *arg);
int read_group_more(struct err *err, struct db *db, const struct db_group_more *more);
long read_recent(struct err *err, struct db *db, int64_t since_ms, int64_t split_ms,
    int (*got)(void *arg, const char *signature, long before, long recent), void *arg);
int read_channels(struct err *err, struct db *db, int64_t since_ms, struct db_channels *channels);
long read_ran(struct err *err, struct db *db, const struct db_ran *ran,
    int (*got)(void *arg, const char *value, int64_t ms, long machines), void *arg);
long read_ran_crashes(struct err *err, struct db *db, const struct db_crash_filter *filter,
    const char *release, enum db_by by, int (*got)(void *arg, const char *value, long crashes),
    void *arg);
int read_others(struct err *err, struct db *db, const char *const *signatures, int count,
    struct db_others *others);
long read_fleet_kinds(struct err *err, struct db *db, int64_t now_ms,
    int (*got)(void *arg, const struct db_fleet_kind *kind), void *arg);
long read_triage(struct err *err, struct db *db,
    int (*got)(void *arg, const struct db_triage *triage), void *arg);
long read_events(struct err *err, struct db *db, const char *session,
    int (*got)(void *arg, int64_t time_ms, const char *event, const char *text), void *arg);
long read_events_newest(struct err *err, struct db *db, const char *event, int64_t until_ms,
    int limit,
    int (*got)(
	void *arg, int64_t time_ms, const char *event, const char *session, const char *text),
    void *arg);
long read_merges(struct err *err, struct db *db);

/* --- files: read_files.c ----------------------------------------------------------------------------- */

/*
 * Sessions whose files are brought into a directory that is laid out as STATE (store/layout.h), so that what reads
 * files of STATE reads them there (query.h: fetch).
 */
struct read_files {
	struct pq *pq;
	char state[FILE_PATH_MAX];
	int lock; /* held while the directory is in use */
};
/* Makes the directory, and removes those of programs that were killed. 0/-1. */
int read_files_begin(struct err *err, struct read_files *files);
int read_fetch(struct err *err, void *files, const char *session, int report_only);
/* Removes it. */
void read_files_end(struct read_files *files);

#endif
