/* SPDX-License-Identifier: MIT */
/* db_read: queries of the index; see db.h. It must not write. */
#include "db_sql.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

/* STATE (db_statements.c) gives these numbers. */
_Static_assert(SESSION_REQUESTED == 0 && SESSION_STALLED == 1 && SESSION_NOT_ARMED == 2 &&
		   SESSION_ARMED == 3 && SESSION_RUNNING == 4 && SESSION_DIED == 5 &&
		   SESSION_NO_CAPTURE == 6 && SESSION_CAPTURED == 7 && SESSION_ENDED == 8,
    "the index's states");

int db_row(sqlite3_stmt *stmt, struct db_session *session)
{
	int n = 0;

	for (; n < ENGINE_SESSION_COLUMNS; n++) {
		const struct engine_column *column = &engine_session[n];
		void *to = (char *)session + column->at;

		if (column->kind == COLUMN_TEXT)
			db_text(stmt, n, to, column->size);
		else if (column->kind == COLUMN_FLAG)
			*(int *)to = sqlite3_column_int(stmt, n);
		else
			*(int64_t *)to = sqlite3_column_int64(stmt, n);
	}
	session->state = (enum session_state)sqlite3_column_int(stmt, n);
	session->server[0] = session->url[0] = '\0';
	return n + 1;
}

long db_rows(struct err *err, struct db *db, sqlite3_stmt *stmt,
    int (*got)(void *arg, const struct db_session *session), void *arg)
{
	struct db_session session;
	long count = 0;
	int rc;

	if (!stmt)
		return -1;
	while ((rc = db_next(err, db, stmt)) > 0) {
		db_row(stmt, &session);
		count++;
		if (got(arg, &session))
			break;
	}
	sqlite3_reset(stmt);
	return rc < 0 ? -1 : count;
}

long index_sessions(struct err *err, struct db *db, const struct db_query *query,
    int (*got)(void *arg, const struct db_session *session), void *arg)
{
	sqlite3_stmt *stmt = db_bind(err, db, SQL_SESSIONS, "nntnntnn",
	    query->since_ms ? query->since_ms : INT64_MIN, (int64_t)query->crashes_only,
	    query->like, (int64_t)(query->limit > 0 ? query->limit : 1000),
	    (int64_t)query->newest_only, query->machine,
	    query->until_ms ? query->until_ms : INT64_MAX, clock_ahead());

	return db_rows(err, db, stmt, got, arg);
}

int index_session_by_id(struct err *err, struct db *db, const char *id, struct db_session *session)
{
	sqlite3_stmt *stmt = db_bind(err, db, SQL_SESSION, "t", id);
	int found = stmt ? db_next(err, db, stmt) : -1;

	if (found > 0) {
		db_row(stmt, session);
		sqlite3_reset(stmt);
	}
	return found;
}

int db_tally(struct err *err, struct db *db, struct db_tally *tally, int max)
{
	char from[SESSION_ID_MAX + 1];
	struct db_session session;
	sqlite3_stmt *stmt;
	int rc, seen = 0;

	memcpy(from, tally->last, sizeof(from));
	stmt = db_bind(err, db, SQL_TALLY, "tn", from, (int64_t)max);
	if (!stmt)
		return -1;
	while ((rc = db_next(err, db, stmt)) > 0) {
		int n = db_row(stmt, &session);

		memcpy(tally->last, session.id, sizeof(tally->last));
		tally->state[session.state]++;
		tally->crashes += sqlite3_column_int(stmt, n) != 0;
		tally->uploads += (uint64_t)sqlite3_column_int64(stmt, n + 1);
		tally->by_http += session.by_http != 0;
		tally->by_netconsole += session.by_netconsole != 0;
		tally->by_console += session.by_console != 0;
		tally->by_pstore += session.by_pstore != 0;
		seen++;
	}
	if (rc < 0)
		return -1;
	return seen == max ? 1 : db_get_pruned(err, db, &tally->pruned, &tally->pruned_bytes);
}

long index_events(struct err *err, struct db *db, const char *session,
    int (*got)(void *arg, int64_t time_ms, const char *event, const char *text), void *arg)
{
	sqlite3_stmt *stmt = db_bind(err, db, SQL_EVENTS, "t", session);
	long count = 0;
	int rc;

	if (!stmt)
		return -1;
	while ((rc = db_next(err, db, stmt)) > 0) {
		const char *event = (const char *)sqlite3_column_text(stmt, 1);
		const char *text = (const char *)sqlite3_column_text(stmt, 2);

		count++;
		if (got(arg, sqlite3_column_int64(stmt, 0), event ? event : "", text ? text : ""))
			break;
	}
	sqlite3_reset(stmt);
	return rc < 0 ? -1 : count;
}

/* One id; stmt is bound. 1, 0 none, -1. */
static int db_read_id(
    struct err *err, struct db *db, sqlite3_stmt *stmt, char id[SESSION_ID_MAX + 1])
{
	int found = stmt ? db_next(err, db, stmt) : -1;

	if (found > 0) {
		db_text(stmt, 0, id, SESSION_ID_MAX + 1);
		sqlite3_reset(stmt);
	}
	return found;
}

int db_session_by_address(struct err *err, struct db *db, const char *address, int64_t time_ms,
    char id[SESSION_ID_MAX + 1])
{
	return db_read_id(err, db, db_bind(err, db, SQL_BY_ADDRESS, "tn", address, time_ms), id);
}

int index_session_before(
    struct err *err, struct db *db, const struct session *session, char id[SESSION_ID_MAX + 1])
{
	char mac[18];

	mac_format(session->mac, mac);
	return db_read_id(err, db, db_bind(err, db, SQL_BEFORE, "tn", mac, session->time_ms), id);
}

long index_merges(struct err *err, struct db *db)
{
	sqlite3_stmt *stmt = db_bind(err, db, SQL_MERGES, "");
	long count = -1;

	if (stmt && db_next(err, db, stmt) > 0) {
		count = (long)sqlite3_column_int64(stmt, 0);
		sqlite3_reset(stmt);
	}
	return count;
}

long db_late(struct err *err, struct db *db, int64_t now_ms,
    void (*got)(void *arg, const char *session, const char *event), void *arg)
{
	sqlite3_stmt *stmt = db_bind(err, db, SQL_LATE, "nnnnn", now_ms, (int64_t)DB_STALLED_MS,
	    (int64_t)DB_NO_CAPTURE_MS, (int64_t)DB_ENDED_MS, (int64_t)DB_LATE_MS);
	long count = 0;
	int rc;

	if (!stmt)
		return -1;
	while ((rc = db_next(err, db, stmt)) > 0) {
		const char *id = (const char *)sqlite3_column_text(stmt, 0);
		const char *event = (const char *)sqlite3_column_text(stmt, 1);

		count++;
		got(arg, id ? id : "-", event ? event : "event");
	}
	return rc < 0 ? -1 : count;
}
