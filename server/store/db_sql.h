/* SPDX-License-Identifier: MIT */
/*
 * store_db: what store.c (open), store_write.c and store_read.c (answer) share. Private to the three:
 * nobody else may know that the index is SQLite.
 */
#ifndef LASTWORDS_STORE_DB_H
#define LASTWORDS_STORE_DB_H

#include <sqlite3.h>
#include <sys/types.h>

#include "state.h"
#include "store.h"

/* Every statement there is; store_sql[] in store.c has the text of each. */
enum store_statement {
	SQL_BEGIN,
	SQL_COMMIT,
	SQL_ROLLBACK,
	SQL_GET_POS,
	SQL_SET_POS,
	SQL_GET_SCANNED,
	SQL_SET_SCANNED,
	SQL_NEW_SESSION,
	SQL_NEW_SESSION_ENDED,
	SQL_EVENT,
	SQL_REQUESTED,
	SQL_NOT_ARMED,
	SQL_ARMED,
	SQL_RUNNING,
	SQL_UP,
	SQL_END_OLDER,
	SQL_DIED,
	SQL_CAPTURED,
	SQL_CRASH,
	SQL_STREAM,
	SQL_SESSIONS,
	SQL_SESSION,
	SQL_TALLY,
	SQL_FORGET,
	SQL_FORGET_EVENTS,
	SQL_PRUNED,
	SQL_GET_PRUNED,
	SQL_EVENTS,
	SQL_BY_ADDRESS,
	SQL_OVERDUE,
	SQL_COUNT
};

struct store {
	char path[STATE_PATH_MAX];
	sqlite3 *db;
	sqlite3_stmt *stmt[SQL_COUNT];
	dev_t dev; /* of the file that was opened */
	ino_t ino;
	int broken;
};

/* The statement, prepared once, reset and unbound; NULL on error. */
sqlite3_stmt *store_statement(struct err *err, struct store *store, enum store_statement which);
/* Binds a text that may be NULL; it must live until the statement has run. */
void store_bind(sqlite3_stmt *stmt, int n, const char *text);
/* Runs a statement that gives no row. 0/-1. */
int store_run(struct err *err, struct store *store, sqlite3_stmt *stmt);
/* Sets the message from SQLite, remembers whether the database is beyond use. Returns -1. */
int store_error(struct err *err, struct store *store, const char *doing);

#endif
