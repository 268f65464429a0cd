/* SPDX-License-Identifier: MIT */
/* store_read: what the index answers; see store.h. It must not write. */
#include "store_db.h"

#include <stdio.h>
#include <string.h>

const char *store_state_name(enum store_state state)
{
	static const char *const names[] = {
	    [STATE_REQUESTED] = "requested",
	    [STATE_STALLED] = "stalled",
	    [STATE_NOT_ARMED] = "not armed",
	    [STATE_ARMED] = "armed",
	    [STATE_RUNNING] = "running",
	    [STATE_DIED] = "died",
	    [STATE_NO_CAPTURE] = "died, no capture",
	    [STATE_CAPTURED] = "captured",
	    [STATE_ENDED] = "ended, cause unknown",
	};

	return names[state];
}

/* The state as the times tell it. A not-armed that was told after the armed takes it back. */
static enum store_state store_derive(
    const struct store_session *session, int64_t not_armed_ms, int stalled, int no_capture)
{
	if (session->captured_ms)
		return STATE_CAPTURED;
	if (session->died_ms)
		return no_capture ? STATE_NO_CAPTURE : STATE_DIED;
	if (session->ended_ms)
		return STATE_ENDED;
	if (not_armed_ms > session->armed_ms)
		return STATE_NOT_ARMED;
	if (session->running_ms)
		return STATE_RUNNING;
	if (session->armed_ms)
		return STATE_ARMED;
	return stalled && !session->stream.packets ? STATE_STALLED : STATE_REQUESTED;
}

static void store_column(sqlite3_stmt *stmt, int n, char *text, size_t size)
{
	const unsigned char *value = sqlite3_column_text(stmt, n);

	snprintf(text, size, "%s", value ? (const char *)value : "");
}

static void store_row(sqlite3_stmt *stmt, struct store_session *session)
{
	uint64_t *const counts[] = {&session->stream.packets, &session->stream.lines,
	    &session->stream.bytes, &session->stream.lost, &session->stream.truncated,
	    &session->stream.late, &session->stream.duplicates};

	memset(session, 0, sizeof(*session));
	store_column(stmt, 0, session->id, sizeof(session->id));
	store_column(stmt, 1, session->mac, sizeof(session->mac));
	store_column(stmt, 2, session->product, sizeof(session->product));
	store_column(stmt, 3, session->profile, sizeof(session->profile));
	store_column(stmt, 4, session->address, sizeof(session->address));
	store_column(stmt, 5, session->why, sizeof(session->why));
	session->requested_ms = sqlite3_column_int64(stmt, 6);
	session->armed_ms = sqlite3_column_int64(stmt, 8);
	session->running_ms = sqlite3_column_int64(stmt, 9);
	session->died_ms = sqlite3_column_int64(stmt, 10);
	session->captured_ms = sqlite3_column_int64(stmt, 11);
	session->ended_ms = sqlite3_column_int64(stmt, 12);
	store_column(stmt, 13, session->title, sizeof(session->title));
	store_column(stmt, 14, session->class, sizeof(session->class));
	store_column(stmt, 15, session->signature, sizeof(session->signature));
	session->by_http = sqlite3_column_int(stmt, 16);
	session->by_netconsole = sqlite3_column_int(stmt, 17);
	for (int i = 0; i < (int)(sizeof(counts) / sizeof(counts[0])); i++)
		*counts[i] = (uint64_t)sqlite3_column_int64(stmt, 18 + i);
	store_column(stmt, 25, session->release, sizeof(session->release));
	session->by_pstore = sqlite3_column_int(stmt, 28);
	store_column(stmt, 29, session->serial, sizeof(session->serial));
	store_column(stmt, 30, session->asset, sizeof(session->asset));
	session->up_ms = sqlite3_column_int64(stmt, 31);
	session->state = store_derive(session, sqlite3_column_int64(stmt, 7),
	    sqlite3_column_int(stmt, 26), sqlite3_column_int(stmt, 27));
}

long store_sessions(struct err *err, struct store *store, const struct store_query *query,
    int (*got)(void *arg, const struct store_session *session), void *arg)
{
	sqlite3_stmt *stmt = store_statement(err, store, SQL_SESSIONS);
	struct store_session session;
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
		store_row(stmt, &session);
		count++;
		if (got(arg, &session)) {
			code = SQLITE_DONE;
			break;
		}
	}
	if (code != SQLITE_DONE) {
		store_error(err, store, "read");
		count = -1;
	}
	sqlite3_reset(stmt);
	return count;
}

int store_session_by_id(
    struct err *err, struct store *store, const char *id, struct store_session *session)
{
	sqlite3_stmt *stmt = store_statement(err, store, SQL_SESSION);
	int code, found = 0;

	if (!stmt)
		return -1;
	sqlite3_bind_text(stmt, 1, id, -1, SQLITE_STATIC);
	code = sqlite3_step(stmt);
	if (code == SQLITE_ROW) {
		store_row(stmt, session);
		found = 1;
	} else if (code != SQLITE_DONE) {
		found = store_error(err, store, "read");
	}
	sqlite3_reset(stmt);
	return found;
}

static int store_tally_pruned(struct err *err, struct store *store, struct store_tally *tally)
{
	sqlite3_stmt *stmt = store_statement(err, store, SQL_GET_PRUNED);
	int code;

	if (!stmt)
		return -1;
	code = sqlite3_step(stmt);
	if (code == SQLITE_ROW) {
		tally->pruned = (uint64_t)sqlite3_column_int64(stmt, 0);
		tally->pruned_bytes = (uint64_t)sqlite3_column_int64(stmt, 1);
	} else {
		store_error(err, store, "read");
	}
	sqlite3_reset(stmt);
	return code == SQLITE_ROW ? 0 : -1;
}

int store_tally(struct err *err, struct store *store, struct store_tally *tally, int max)
{
	sqlite3_stmt *stmt = store_statement(err, store, SQL_TALLY);
	struct store_session session;
	int code, seen = 0;

	if (!stmt)
		return -1;
	sqlite3_bind_text(stmt, 1, tally->last, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int(stmt, 2, max);
	while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
		store_row(stmt, &session);
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
		store_error(err, store, "read");
	sqlite3_reset(stmt);
	if (code != SQLITE_DONE)
		return -1;
	return seen == max ? 1 : store_tally_pruned(err, store, tally);
}

long store_events(struct err *err, struct store *store, const char *session,
    int (*got)(void *arg, int64_t time_ms, const char *event, const char *text), void *arg)
{
	sqlite3_stmt *stmt = store_statement(err, store, SQL_EVENTS);
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
		store_error(err, store, "read");
		count = -1;
	}
	sqlite3_reset(stmt);
	return count;
}

int store_session_by_address(struct err *err, struct store *store, const char *address,
    int64_t time_ms, char id[SESSION_ID_MAX + 1])
{
	sqlite3_stmt *stmt = store_statement(err, store, SQL_BY_ADDRESS);
	int code, found = 0;

	if (!stmt)
		return -1;
	sqlite3_bind_text(stmt, 1, address, -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 2, time_ms);
	code = sqlite3_step(stmt);
	if (code == SQLITE_ROW) {
		store_column(stmt, 0, id, SESSION_ID_MAX + 1);
		found = 1;
	} else if (code != SQLITE_DONE) {
		found = store_error(err, store, "read");
	}
	sqlite3_reset(stmt);
	return found;
}

long store_overdue(struct err *err, struct store *store, int64_t now_ms,
    void (*got)(void *arg, const char *session, const char *event), void *arg)
{
	sqlite3_stmt *stmt = store_statement(err, store, SQL_OVERDUE);
	const int64_t after[] = {
	    STORE_STALLED_MS, STORE_NO_CAPTURE_MS, STORE_ENDED_MS, STORE_OVERDUE_MS};
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
		store_error(err, store, "read");
		count = -1;
	}
	sqlite3_reset(stmt);
	return count;
}
