/* SPDX-License-Identifier: MIT */
/* db_sql: runs the index's statements; see db_sql.h. It must not know what they are for. */
#include "db_sql.h"

#include <stdarg.h>
#include <string.h>

int db_error(struct err *err, struct db *db, const char *doing)
{
	int code = sqlite3_extended_errcode(db->sqlite);

	if ((code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB)
		db->corrupt = db->broken = 1;
	if (code == SQLITE_READONLY_DBMOVED)
		db->broken = 1;
	return err_set(err, "%s: %s: %s", db->path, doing, sqlite3_errmsg(db->sqlite));
}

static sqlite3_stmt *db_bind_list(
    struct err *err, struct db *db, enum db_statement which, const char *types, va_list values)
{
	sqlite3_stmt **stmt = &db->stmt[which];

	if (!db->sqlite) {
		err_set(err, "this database cannot be asked for that");
		return NULL;
	}
	if (!*stmt && sqlite3_prepare_v3(db->sqlite, db_sql[which], -1, SQLITE_PREPARE_PERSISTENT,
			  stmt, NULL) != SQLITE_OK) {
		db_error(err, db, "prepare");
		return NULL;
	}
	sqlite3_reset(*stmt);
	sqlite3_clear_bindings(*stmt);
	for (int i = 0; types[i]; i++) {
		if (types[i] == 't')
			sqlite3_bind_text(
			    *stmt, i + 1, va_arg(values, const char *), -1, SQLITE_STATIC);
		else
			sqlite3_bind_int64(*stmt, i + 1, va_arg(values, int64_t));
	}
	return *stmt;
}

sqlite3_stmt *db_bind(
    struct err *err, struct db *db, enum db_statement which, const char *types, ...)
{
	sqlite3_stmt *stmt;
	va_list values;

	va_start(values, types);
	stmt = db_bind_list(err, db, which, types, values);
	va_end(values);
	return stmt;
}

int db_run(struct err *err, struct db *db, enum db_statement which, const char *types, ...)
{
	sqlite3_stmt *stmt;
	va_list values;
	int rc;

	va_start(values, types);
	stmt = db_bind_list(err, db, which, types, values);
	va_end(values);
	if (!stmt)
		return -1;
	rc = sqlite3_step(stmt) == SQLITE_DONE ? 0 : db_error(err, db, "write");
	sqlite3_reset(stmt);
	return rc;
}

int db_next(struct err *err, struct db *db, sqlite3_stmt *stmt)
{
	int code = sqlite3_step(stmt);

	if (code == SQLITE_ROW)
		return 1;
	if (code != SQLITE_DONE)
		db_error(err, db, "read");
	sqlite3_reset(stmt);
	return code == SQLITE_DONE ? 0 : -1;
}

const char *db_column(sqlite3_stmt *stmt, int column)
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);

	return text ? text : "";
}

void db_text(sqlite3_stmt *stmt, int column, char *text, size_t size)
{
	const char *from = db_column(stmt, column);
	size_t len = strnlen(from, size - 1);

	memcpy(text, from, len);
	text[len] = '\0';
}

sqlite3_stmt *db_only_row(struct err *err, struct db *db, enum db_statement which)
{
	sqlite3_stmt *stmt = db_bind(err, db, which, "");
	int rc = stmt ? db_next(err, db, stmt) : -1;

	if (rc == 0)
		err_set(err, "%s: a row is missing", db->path);
	return rc == 1 ? stmt : NULL;
}

int db_exec(struct err *err, struct db *db, const char *sql, const char *doing)
{
	if (sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL) != SQLITE_OK)
		return db_error(err, db, doing);
	return 0;
}
