/* SPDX-License-Identifier: MIT */
/*
 * db_sql: what db.c and db_*.c share: the statements (their text is in db_statements.c) and what runs them.
 *
 * Above it: db_schema.c the tables, db.c the file and its transactions, db_write.c and db_read.c sessions, db_list.c
 * lists by page, db_crash.c crashes and their search, db_exposure.c for how long machines ran, db_triage.c what people
 * said. Private to these: no other file may depend on SQLite.
 */
#ifndef LASTWORDS_STORE_DB_SQL_H
#define LASTWORDS_STORE_DB_SQL_H

#include <sqlite3.h>
#include <sys/types.h>

#include "db.h"
#include "engine.h"
#include "layout.h"

/* Every statement. */
enum db_statement {
	SQL_VERSION,
	SQL_CHECK,
	SQL_BEGIN,
	SQL_COMMIT,
	SQL_ROLLBACK,
	SQL_GET_POSITION,
	SQL_SET_POS,
	SQL_SET_SCANNED,
	SQL_NEW_SESSION,
	SQL_NEW_SESSION_ENDED,
	SQL_EVENT,
	SQL_REQUESTED,
	SQL_NOT_ARMED,
	SQL_KERNEL,
	SQL_ARMED,
	SQL_RUNNING,
	SQL_UP,
	SQL_END_OLDER,
	SQL_DIED,
	SQL_CAPTURED,
	SQL_CRASH,
	SQL_CRASH_FACTS,
	SQL_CRASH_NUMBER,
	SQL_CRASH_FORGET_TEXT,
	SQL_CRASH_TEXT,
	SQL_CRASH_ROWS,
	SQL_CRASH_ROWS_SIGNED,
	SQL_CRASH_ROWS_FOUND,
	SQL_CRASH_ROWS_ONE,
	SQL_CRASH_COUNT,
	SQL_CRASH_COUNT_SIGNED,
	SQL_CRASH_COUNT_FOUND,
	SQL_CRASH_COUNT_ONE,
	SQL_CRASH_FACTS_ALL,
	SQL_SIGNATURES,
	SQL_CHANNELS,
	SQL_KINDS,
	SQL_EXPOSURE,
	SQL_NEW_KIND,
	SQL_RAN_PRUNED,
	SQL_RAN_CRASH,
	SQL_RAN_CRASHES,
	SQL_TRIAGE,
	SQL_TRIAGES,
	SQL_STREAM,
	SQL_SESSIONS,
	SQL_SESSION,
	SQL_LIST,
	SQL_LIST_COUNT,
	SQL_LIST_FOUND,
	SQL_LIST_MAC,
	SQL_MACHINES,
	SQL_MACHINES_COUNT,
	SQL_MACHINES_FOUND,
	SQL_MACHINE_CRASHES,
	SQL_FLEET,
	SQL_TALLY,
	SQL_FORGET,
	SQL_FORGET_EVENTS,
	SQL_PRUNED,
	SQL_EVENTS,
	SQL_EVENTS_NEWEST,
	SQL_EVENTS_NAMED,
	SQL_BY_ADDRESS,
	SQL_BEFORE,
	SQL_LATE,
	SQL_MERGE_DUE,
	SQL_MERGES,
	SQL_MERGE_NEXT,
	SQL_MERGE_START,
	SQL_MERGE_END,
	SQL_MERGE_AGAIN,
	SQL_MERGE_STALE,
	SQL_MERGE_RESUME,
	SQL_COUNT
};

extern const char *const db_sql[SQL_COUNT]; /* db_statements.c */

struct db {
	const struct db_engine *engine;
	void *data; /* engine_data */
	/* (the rest is of the index) */
	char path[FILE_PATH_MAX];
	sqlite3 *sqlite;
	sqlite3_stmt *stmt[SQL_COUNT];
	dev_t dev; /* of the file that was opened */
	ino_t ino;
	int broken; /* db_broken */
	int writes, corrupt; /* a writer that finds damage puts the file aside when it closes it */
};

/*
 * The statement, prepared once, with its parameters bound from the first: for each 't' in types a
 * const char * (NULL: null; it must live until the statement has run), for each 'n' an int64_t. NULL
 * on error.
 */
sqlite3_stmt *db_bind(
    struct err *err, struct db *db, enum db_statement which, const char *types, ...);
/* The same, and runs it: for statements without rows. 0/-1. */
int db_run(struct err *err, struct db *db, enum db_statement which, const char *types, ...);
/* Steps to the next row: 1, 0 at the end, -1. To stop earlier, reset the statement. */
int db_next(struct err *err, struct db *db, sqlite3_stmt *stmt);
/* Reads SESSION_COLUMNS (db_statements.c); returns the number of the column after them. */
int db_row(sqlite3_stmt *stmt, struct db_session *session);
/* Gives the sessions of stmt, which is bound (NULL: -1), until got returns other than 0. Count or -1. */
long db_rows(struct err *err, struct db *db, sqlite3_stmt *stmt,
    int (*got)(void *arg, const struct db_session *session), void *arg);
/* A column's text, "" for null; it lives until the statement goes on. */
const char *db_column(sqlite3_stmt *stmt, int column);
/* Copies a column's text, cut to size. */
void db_text(sqlite3_stmt *stmt, int column, char *text, size_t size);
/* The statement at its only row, to be reset by the caller; NULL on error. */
sqlite3_stmt *db_only_row(struct err *err, struct db *db, enum db_statement which);
/* Runs statements without rows or parameters. 0/-1. */
int db_exec(struct err *err, struct db *db, const char *sql, const char *doing);
/* Makes the session's row if it is missing, and *session of its id. 0/-1. */
int db_need_session(struct err *err, struct db *db, const char *id, struct session *session);
/* A journal entry "triage". 0/-1. */
int db_put_triage(struct err *err, struct db *db, const struct journal_entry *entry);
/* The index as an engine: engine.c. */
extern const struct db_engine db_index_engine;
void index_close(struct db *db);
long index_sessions(struct err *err, struct db *db, const struct db_query *query,
    int (*got)(void *arg, const struct db_session *session), void *arg);
long index_list(struct err *err, struct db *db, const struct db_list *list, long *total,
    int (*got)(void *arg, const struct db_session *session), void *arg);
long index_machines(struct err *err, struct db *db, const struct db_list *list, long *total,
    int (*got)(void *arg, const struct db_session *session), void *arg);
long index_fleet(struct err *err, struct db *db,
    int (*got)(void *arg, const struct db_fleet *machine), void *arg);
long index_machine_crashes(struct err *err, struct db *db, const char *mac);
int index_session_by_id(struct err *err, struct db *db, const char *id, struct db_session *session);
int index_session_before(
    struct err *err, struct db *db, const struct session *session, char id[SESSION_ID_MAX + 1]);
long index_crash_rows(struct err *err, struct db *db, const struct db_crash_filter *filter,
    int (*got)(void *arg, const struct db_crash_row *row), void *arg);
long index_crash_facts(struct err *err, struct db *db,
    int (*got)(void *arg, const struct db_crash_row *row), void *arg);
long index_crash_count(struct err *err, struct db *db, const struct db_crash_filter *filter);
long index_signatures(struct err *err, struct db *db,
    int (*got)(void *arg, const char *signature, int64_t first_ms), void *arg);
int index_channels(struct err *err, struct db *db, int64_t since_ms, struct db_channels *channels);
long index_exposure(struct err *err, struct db *db,
    int (*got)(void *arg, const struct db_exposure *exposure), void *arg);
long index_pruned_crashes(struct err *err, struct db *db,
    int (*got)(void *arg, const struct db_pruned_crash *crash), void *arg);
long index_triage(struct err *err, struct db *db,
    int (*got)(void *arg, const struct db_triage *triage), void *arg);
long index_events(struct err *err, struct db *db, const char *session,
    int (*got)(void *arg, int64_t time_ms, const char *event, const char *text), void *arg);
long index_events_newest(struct err *err, struct db *db, const char *event, int64_t until_ms,
    int limit,
    int (*got)(
	void *arg, int64_t time_ms, const char *event, const char *session, const char *text),
    void *arg);
long index_merges(struct err *err, struct db *db);

/* Sets the message from SQLite, and db->broken if the database cannot be used. Returns -1. */
int db_error(struct err *err, struct db *db, const char *doing);

#endif
