/* SPDX-License-Identifier: MIT */
/* db_read: what the index answers; see db.h. It must not write. */
#include "db_sql.h"

#include <stdio.h>
#include <string.h>

/* The state as the times tell it. A not-armed that was told after the armed takes it back. */
static enum session_state db_derive(
    const struct db_session *session, int64_t not_armed_ms, int stalled, int no_capture)
{
	if (session->captured_ms)
		return SESSION_CAPTURED;
	if (session->died_ms)
		return no_capture ? SESSION_NO_CAPTURE : SESSION_DIED;
	if (session->ended_ms)
		return SESSION_ENDED;
	if (not_armed_ms > session->armed_ms)
		return SESSION_NOT_ARMED;
	if (session->running_ms)
		return SESSION_RUNNING;
	if (session->armed_ms)
		return SESSION_ARMED;
	return stalled && !session->stream.packets ? SESSION_STALLED : SESSION_REQUESTED;
}

static void db_column(sqlite3_stmt *stmt, int n, char *text, size_t size)
{
	const unsigned char *value = sqlite3_column_text(stmt, n);

	snprintf(text, size, "%s", value ? (const char *)value : "");
}

static void db_row(sqlite3_stmt *stmt, struct db_session *session)
{
	uint64_t *const counts[] = {&session->stream.packets, &session->stream.lines,
	    &session->stream.bytes, &session->stream.lost, &session->stream.truncated,
	    &session->stream.late, &session->stream.duplicates};

	memset(session, 0, sizeof(*session));
	db_column(stmt, 0, session->id, sizeof(session->id));
	db_column(stmt, 1, session->mac, sizeof(session->mac));
	db_column(stmt, 2, session->product, sizeof(session->product));
	db_column(stmt, 3, session->profile, sizeof(session->profile));
	db_column(stmt, 4, session->address, sizeof(session->address));
	db_column(stmt, 5, session->why, sizeof(session->why));
	session->requested_ms = sqlite3_column_int64(stmt, 6);
	session->armed_ms = sqlite3_column_int64(stmt, 8);
	session->running_ms = sqlite3_column_int64(stmt, 9);
	session->died_ms = sqlite3_column_int64(stmt, 10);
	session->captured_ms = sqlite3_column_int64(stmt, 11);
	session->ended_ms = sqlite3_column_int64(stmt, 12);
	db_column(stmt, 13, session->title, sizeof(session->title));
	db_column(stmt, 14, session->class, sizeof(session->class));
	db_column(stmt, 15, session->signature, sizeof(session->signature));
	session->by_http = sqlite3_column_int(stmt, 16);
	session->by_netconsole = sqlite3_column_int(stmt, 17);
	for (int i = 0; i < (int)(sizeof(counts) / sizeof(counts[0])); i++)
		*counts[i] = (uint64_t)sqlite3_column_int64(stmt, 18 + i);
	db_column(stmt, 25, session->release, sizeof(session->release));
	session->by_pstore = sqlite3_column_int(stmt, 28);
	db_column(stmt, 29, session->serial, sizeof(session->serial));
	db_column(stmt, 30, session->asset, sizeof(session->asset));
	session->up_ms = sqlite3_column_int64(stmt, 31);
	session->state = db_derive(session, sqlite3_column_int64(stmt, 7),
	    sqlite3_column_int(stmt, 26), sqlite3_column_int(stmt, 27));
}

long db_sessions(struct err *err, struct db *db, const struct db_query *query,
    int (*got)(void *arg, const struct db_session *session), void *arg)
{
	sqlite3_stmt *stmt = db_statement(err, db, SQL_SESSIONS);
	struct db_session session;
	long count = 0;
	int code;

	if (!stmt)
		return -1;
	sqlite3_bind_int64(stmt, 1, query->since_ms ? query->since_ms : INT64_MIN);
	sqlite3_bind_int(stmt, 2, query->crashes_only);
	if (query->like)
		sqlite3_bind_text(stmt, 3, query->like, -1, SQLITE_STATIC);
	sqlite3_bind_int(stmt, 4, query->limit > 0 ? query->limit : 1000);
	sqlite3_bind_int(stmt, 5, query->newest_only);
	if (query->machine)
		sqlite3_bind_text(stmt, 6, query->machine, -1, SQLITE_STATIC);
	while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
		db_row(stmt, &session);
		count++;
		if (got(arg, &session)) {
			code = SQLITE_DONE;
			break;
		}
	}
	if (code != SQLITE_DONE) {
		db_error(err, db, "read");
		count = -1;
	}
	sqlite3_reset(stmt);
	return count;
}

int db_session_by_id(struct err *err, struct db *db, const char *id, struct db_session *session)
{
	sqlite3_stmt *stmt = db_statement(err, db, SQL_SESSION);
	int code, found = 0;

	if (!stmt)
		return -1;
	sqlite3_bind_text(stmt, 1, id, -1, SQLITE_STATIC);
	code = sqlite3_step(stmt);
	if (code == SQLITE_ROW) {
		db_row(stmt, session);
		found = 1;
	} else if (code != SQLITE_DONE) {
		found = db_error(err, db, "read");
	}
	sqlite3_reset(stmt);
	return found;
}

static int db_tally_pruned(struct err *err, struct db *db, struct db_tally *tally)
{
	sqlite3_stmt *stmt = db_statement(err, db, SQL_GET_PRUNED);
	int code;

	if (!stmt)
		return -1;
	code = sqlite3_step(stmt);
	if (code == SQLITE_ROW) {
		tally->pruned = (uint64_t)sqlite3_column_int64(stmt, 0);
		tally->pruned_bytes = (uint64_t)sqlite3_column_int64(stmt, 1);
	} else {
		db_error(err, db, "read");
	}
	sqlite3_reset(stmt);
	return code == SQLITE_ROW ? 0 : -1;
}

int db_tally(struct err *err, struct db *db, struct db_tally *tally, int max)
{
	sqlite3_stmt *stmt = db_statement(err, db, SQL_TALLY);
	struct db_session session;
	int code, seen = 0;

	if (!stmt)
		return -1;
	sqlite3_bind_text(stmt, 1, tally->last, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int(stmt, 2, max);
	while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
		db_row(stmt, &session);
		memcpy(tally->last, session.id, sizeof(tally->last));
		tally->state[session.state]++;
		tally->crashes += sqlite3_column_int(stmt, 32) != 0;
		tally->by_http += session.by_http != 0;
		tally->by_netconsole += session.by_netconsole != 0;
		tally->by_pstore += session.by_pstore != 0;
		tally->uploads += (uint64_t)sqlite3_column_int64(stmt, 33);
		seen++;
	}
	if (code != SQLITE_DONE)
		db_error(err, db, "read");
	sqlite3_reset(stmt);
	if (code != SQLITE_DONE)
		return -1;
	return seen == max ? 1 : db_tally_pruned(err, db, tally);
}

long db_events(struct err *err, struct db *db, const char *session,
    int (*got)(void *arg, int64_t time_ms, const char *event, const char *text), void *arg)
{
	sqlite3_stmt *stmt = db_statement(err, db, SQL_EVENTS);
	long count = 0;
	int code;

	if (!stmt)
		return -1;
	sqlite3_bind_text(stmt, 1, session, -1, SQLITE_STATIC);
	while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
		const char *event = (const char *)sqlite3_column_text(stmt, 1);
		const char *text = (const char *)sqlite3_column_text(stmt, 2);

		count++;
		if (got(arg, sqlite3_column_int64(stmt, 0), event ? event : "", text ? text : "")) {
			code = SQLITE_DONE;
			break;
		}
	}
	if (code != SQLITE_DONE) {
		db_error(err, db, "read");
		count = -1;
	}
	sqlite3_reset(stmt);
	return count;
}

int db_session_by_address(struct err *err, struct db *db, const char *address, int64_t time_ms,
    char id[SESSION_ID_MAX + 1])
{
	sqlite3_stmt *stmt = db_statement(err, db, SQL_BY_ADDRESS);
	int code, found = 0;

	if (!stmt)
		return -1;
	sqlite3_bind_text(stmt, 1, address, -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 2, time_ms);
	code = sqlite3_step(stmt);
	if (code == SQLITE_ROW) {
		db_column(stmt, 0, id, SESSION_ID_MAX + 1);
		found = 1;
	} else if (code != SQLITE_DONE) {
		found = db_error(err, db, "read");
	}
	sqlite3_reset(stmt);
	return found;
}

long db_overdue(struct err *err, struct db *db, int64_t now_ms,
    void (*got)(void *arg, const char *session, const char *event), void *arg)
{
	sqlite3_stmt *stmt = db_statement(err, db, SQL_OVERDUE);
	const int64_t after[] = {DB_STALLED_MS, DB_NO_CAPTURE_MS, DB_ENDED_MS, DB_OVERDUE_MS};
	long count = 0;
	int code;

	if (!stmt)
		return -1;
	sqlite3_bind_int64(stmt, 1, now_ms);
	for (int i = 0; i < 4; i++)
		sqlite3_bind_int64(stmt, i + 2, after[i]);
	while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
		const char *id = (const char *)sqlite3_column_text(stmt, 0);
		const char *event = (const char *)sqlite3_column_text(stmt, 1);

		count++;
		got(arg, id ? id : "-", event ? event : "event");
	}
	if (code != SQLITE_DONE) {
		db_error(err, db, "read");
		count = -1;
	}
	sqlite3_reset(stmt);
	return count;
}
