/* SPDX-License-Identifier: MIT */
/*
 * db_sql: what db.c (open), db_write.c and db_read.c (answer) share. Private to the three:
 * nobody else may know that the index is SQLite.
 */
#ifndef LASTWORDS_STORE_DB_SQL_H
#define LASTWORDS_STORE_DB_SQL_H

#include <sqlite3.h>
#include <sys/types.h>

#include "db.h"
#include "layout.h"

/* Every statement there is; db_sql[] in db.c has the text of each. */
enum db_statement {
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

struct db {
	char path[FILE_PATH_MAX];
	sqlite3 *sqlite;
	sqlite3_stmt *stmt[SQL_COUNT];
	dev_t dev; /* of the file that was opened */
	ino_t ino;
	int broken;
};

/* The statement, prepared once, reset and unbound; NULL on error. */
sqlite3_stmt *db_statement(struct err *err, struct db *db, enum db_statement which);
/* Binds a text that may be NULL; it must live until the statement has run. */
void db_bind(sqlite3_stmt *stmt, int n, const char *text);
/* Runs a statement that gives no row. 0/-1. */
int db_run(struct err *err, struct db *db, sqlite3_stmt *stmt);
/* Sets the message from SQLite, remembers whether the database is beyond use. Returns -1. */
int db_error(struct err *err, struct db *db, const char *doing);

#endif
