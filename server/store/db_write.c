/* SPDX-License-Identifier: MIT */
/*
 * db_write: what the journal and the logs tell, into the index; see db.h.
 *
 * A session's row keeps times, never a state: the state is computed when it is read (db_read.c),
 * so entries may come in any order and twice.
 */
#include "db_sql.h"

#include <stdio.h>
#include <string.h>

#include "base/num.h"

/* Makes the session's row if there is none. */
static int db_need_session(struct err *err, struct db *db, const char *id, struct session *session)
{
	sqlite3_stmt *stmt;
	char mac[18];

	if (session_parse(err, id, strlen(id), session))
		return -1;
	mac_format(session->mac, mac);
	if (!(stmt = db_statement(err, db, SQL_NEW_SESSION)))
		return -1;
	db_bind(stmt, 1, session->id);
	db_bind(stmt, 2, mac);
	sqlite3_bind_int64(stmt, 3, session->time_ms);
	db_bind(stmt, 4, session->profile);
	if (db_run(err, db, stmt))
		return -1;
	if (sqlite3_changes(db->sqlite) == 0)
		return 0;
	if (!(stmt = db_statement(err, db, SQL_NEW_SESSION_ENDED)))
		return -1;
	db_bind(stmt, 1, session->id);
	db_bind(stmt, 2, mac);
	sqlite3_bind_int64(stmt, 3, session->time_ms);
	return db_run(err, db, stmt);
}

/* The statements of the form (id, time, text). */
static int db_mark(struct err *err, struct db *db, enum db_statement which, const char *id,
    int64_t time_ms, const char *text)
{
	sqlite3_stmt *stmt = db_statement(err, db, which);

	if (!stmt)
		return -1;
	db_bind(stmt, 1, id);
	sqlite3_bind_int64(stmt, 2, time_ms);
	if (sqlite3_bind_parameter_count(stmt) >= 3)
		db_bind(stmt, 3, text);
	return db_run(err, db, stmt);
}

static int db_end_older(
    struct err *err, struct db *db, const struct session *session, int64_t time_ms)
{
	sqlite3_stmt *stmt = db_statement(err, db, SQL_END_OLDER);
	char mac[18];

	if (!stmt)
		return -1;
	mac_format(session->mac, mac);
	db_bind(stmt, 1, mac);
	sqlite3_bind_int64(stmt, 2, session->time_ms);
	sqlite3_bind_int64(stmt, 3, time_ms);
	return db_run(err, db, stmt);
}

/* The machine came up in this session: all its older ones are over. */
static int db_up(struct err *err, struct db *db, const struct session *session, int64_t time_ms)
{
	if (db_mark(err, db, SQL_UP, session->id, time_ms, NULL))
		return -1;
	return db_end_older(err, db, session, time_ms);
}

static int db_event(struct err *err, struct db *db, const struct journal_entry *entry)
{
	char text[JOURNAL_LINE_MAX + 1];
	struct kv_out out;
	sqlite3_stmt *stmt = db_statement(err, db, SQL_EVENT);

	if (!stmt)
		return -1;
	kv_out_init(&out, text, sizeof(text));
	kv_out_all(&out, ' ', &entry->kv);
	db_bind(stmt, 1, entry->session);
	sqlite3_bind_int64(stmt, 2, entry->time_ms);
	db_bind(stmt, 3, entry->event);
	db_bind(stmt, 4, text);
	return db_run(err, db, stmt);
}

/* "10.0.2.15/24" without its prefix length; NULL stays NULL. */
static const char *db_address(const char *text, char address[64])
{
	if (!text || !*text)
		return NULL;
	snprintf(address, 64, "%.*s", (int)strcspn(text, "/"), text);
	return address;
}

/* All that came before of the session is gone; only its end is kept. */
static int db_pruned(struct err *err, struct db *db, const struct journal_entry *entry)
{
	static const enum db_statement forget[] = {SQL_FORGET, SQL_FORGET_EVENTS};
	const char *text = kv_get(&entry->kv, "bytes");
	struct session session;
	struct err ignored;
	sqlite3_stmt *stmt;
	uint64_t bytes = 0, up;

	for (size_t i = 0; i < sizeof(forget) / sizeof(forget[0]); i++) {
		if (!(stmt = db_statement(err, db, forget[i])))
			return -1;
		db_bind(stmt, 1, entry->session);
		if (strcmp(entry->session, "-") != 0 && db_run(err, db, stmt))
			return -1;
	}
	if (text)
		(void)num_u64(&ignored, "bytes", text, strlen(text), 0, INT64_MAX, &bytes);
	if (!(stmt = db_statement(err, db, SQL_PRUNED)))
		return -1;
	sqlite3_bind_int64(stmt, 1, (sqlite3_int64)bytes);
	if (db_run(err, db, stmt) || db_event(err, db, entry))
		return -1;
	/* When it came up ended the ones before it, though the journal may not tell of it any more. */
	text = kv_get(&entry->kv, "up");
	if (!text || num_u64(&ignored, "up", text, strlen(text), 1, INT64_MAX, &up) ||
	    session_parse(&ignored, entry->session, strlen(entry->session), &session))
		return 0;
	return db_end_older(err, db, &session, (int64_t)up);
}

int db_apply(struct err *err, struct db *db, const struct journal_entry *entry)
{
	const char *event = entry->event, *id = entry->session;
	int64_t when = entry->time_ms;
	struct session session;
	char buf[64];
	const char *address = db_address(kv_get(&entry->kv, "address"), buf);

	if (strcmp(event, "pruned") == 0)
		return db_pruned(err, db, entry);
	if (db_event(err, db, entry))
		return -1;
	if (strcmp(id, "-") == 0)
		return 0;
	if (db_need_session(err, db, id, &session))
		return -1;
	if (strcmp(event, "requested") == 0) {
		sqlite3_stmt *stmt = db_statement(err, db, SQL_REQUESTED);

		if (!stmt)
			return -1;
		db_bind(stmt, 1, id);
		db_bind(stmt, 2, kv_get(&entry->kv, "product"));
		db_bind(stmt, 3, address);
		db_bind(stmt, 4, kv_get(&entry->kv, "serial"));
		db_bind(stmt, 5, kv_get(&entry->kv, "asset"));
		return db_run(err, db, stmt);
	}
	if (strcmp(event, "not-armed") == 0)
		return db_mark(err, db, SQL_NOT_ARMED, id, when, kv_get(&entry->kv, "why"));
	if (strcmp(event, "armed") == 0)
		return db_mark(err, db, SQL_ARMED, id, when, NULL) || db_up(err, db, &session, when)
			   ? -1
			   : 0;
	if (strcmp(event, "running") == 0)
		return db_mark(err, db, SQL_RUNNING, id, when, address) ||
			       db_up(err, db, &session, when)
			   ? -1
			   : 0;
	if (strcmp(event, "died") == 0)
		return db_mark(err, db, SQL_DIED, id, when, NULL);
	if (strcmp(event, "uploaded") == 0)
		return db_mark(err, db, SQL_CAPTURED, id, when, NULL);
	return 0;
}

int db_put_crash(struct err *err, struct db *db, const struct db_crash *crash)
{
	struct session session;
	sqlite3_stmt *stmt;

	if (db_need_session(err, db, crash->session, &session))
		return -1;
	if (!(stmt = db_statement(err, db, SQL_CRASH)))
		return -1;
	db_bind(stmt, 1, crash->session);
	sqlite3_bind_int64(stmt, 2, crash->time_ms);
	db_bind(stmt, 3, crash->report.title);
	db_bind(stmt, 4, crash->report.class);
	db_bind(stmt, 5, crash->report.function);
	db_bind(stmt, 6, crash->report.signature);
	db_bind(stmt, 7, crash->report.release);
	sqlite3_bind_int(stmt, 8, crash->by_http != 0);
	sqlite3_bind_int(stmt, 9, crash->by_netconsole != 0);
	sqlite3_bind_int(stmt, 10, crash->by_pstore != 0);
	return db_run(err, db, stmt);
}

int db_put_stream(
    struct err *err, struct db *db, const char *session, const struct db_stream *stream)
{
	const uint64_t counts[] = {stream->packets, stream->lines, stream->bytes, stream->lost,
	    stream->truncated, stream->late, stream->duplicates};
	struct session parsed;

	/* The session is there already, but for the first time. */
	for (int attempt = 0; attempt < 2; attempt++) {
		sqlite3_stmt *stmt;

		if (attempt && db_need_session(err, db, session, &parsed))
			return -1;
		if (!(stmt = db_statement(err, db, SQL_STREAM)))
			return -1;
		db_bind(stmt, 1, session);
		for (int i = 0; i < (int)(sizeof(counts) / sizeof(counts[0])); i++)
			sqlite3_bind_int64(stmt, i + 2, (sqlite3_int64)counts[i]);
		if (db_run(err, db, stmt))
			return -1;
		if (sqlite3_changes(db->sqlite) > 0)
			break;
	}
	return 0;
}
