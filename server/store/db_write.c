/* SPDX-License-Identifier: MIT */
/*
 * db_write: journal entries, crashes and counts into the index; see db.h.
 *
 * A session's row has times, never a state: the state is computed when it is read (db_read.c), so
 * entries may come in any order, and twice.
 */
#include "db_sql.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

int db_need_session(struct err *err, struct db *db, const char *id, struct session *session)
{
	char mac[18];

	if (session_parse(err, id, strlen(id), session))
		return -1;
	mac_format(session->mac, mac);
	if (db_run(err, db, SQL_NEW_SESSION, "ttnt", session->id, mac, session->time_ms,
		session->profile))
		return -1;
	if (sqlite3_changes(db->sqlite) == 0)
		return 0;
	return db_run(err, db, SQL_NEW_SESSION_ENDED, "ttnn", session->id, mac, session->time_ms,
	    clock_ahead());
}

/* Ends the machine's sessions that are older than this one. */
static int db_end_older(
    struct err *err, struct db *db, const struct session *session, int64_t time_ms)
{
	char mac[18];

	mac_format(session->mac, mac);
	return db_run(err, db, SQL_END_OLDER, "tnn", mac, session->time_ms, time_ms);
}

/* The machine came up in this session: its older ones have ended. */
static int db_up(struct err *err, struct db *db, const struct session *session, int64_t time_ms)
{
	if (db_run(err, db, SQL_UP, "tn", session->id, time_ms))
		return -1;
	return db_end_older(err, db, session, time_ms);
}

static int db_event(struct err *err, struct db *db, const struct journal_entry *entry)
{
	char text[JOURNAL_LINE_MAX + 1];
	struct kv_out out;

	kv_out_init(&out, text, sizeof(text));
	kv_out_all(&out, ' ', &entry->kv);
	return db_run(
	    err, db, SQL_EVENT, "tntt", entry->session, entry->time_ms, entry->event, text);
}

/* "10.0.2.15/24" without its prefix length; NULL if the entry has no address. */
static const char *db_address(const char *text, char address[64])
{
	if (!text || !*text)
		return NULL;
	snprintf(address, 64, "%.*s", (int)strcspn(text, "/"), text);
	return address;
}

/* A pruned session has run, and may have crashed: rates would be wrong without it. Its line has what it was; those that
 * older versions wrote have not. */
static int db_pruned_ran(
    struct err *err, struct db *db, const struct session *session, const struct kv *kv)
{
	int64_t up = (int64_t)kv_u64(kv, "up", INT64_MAX, 0);
	int64_t end = (int64_t)kv_u64(kv, "end", INT64_MAX, 0);
	const char *kernel = kv_get(kv, "release"), *product = kv_get(kv, "product");
	const char *signature = kv_get(kv, "signature");
	char mac[18];

	if (!up || end < up)
		return 0;
	kernel = kernel ? kernel : "";
	product = product ? product : "";
	mac_format(session->mac, mac);
	if (db_run(err, db, SQL_NEW_KIND, "ttt", kernel, product, session->profile) ||
	    db_run(err, db, SQL_RAN_PRUNED, "ttttnn", kernel, product, session->profile, mac,
		up - up % DB_PRUNED_MS, end - up % DB_PRUNED_MS))
		return -1;
	if (!kv_u64(kv, "crash", 1, 0))
		return 0;
	return db_run(err, db, SQL_RAN_CRASH, "ttttnt", kernel, product, session->profile, mac, end,
	    signature ? signature : "");
}

/* Removes the session and its earlier events; its end, and that it ran, is kept. */
static int db_pruned(struct err *err, struct db *db, const struct journal_entry *entry)
{
	int64_t bytes = (int64_t)kv_u64(&entry->kv, "bytes", INT64_MAX, 0);
	int64_t up = (int64_t)kv_u64(&entry->kv, "up", INT64_MAX, 0);
	struct session session;
	struct err ignored;

	if (strcmp(entry->session, "-") != 0 &&
	    (db_run(err, db, SQL_FORGET, "t", entry->session) ||
		db_run(err, db, SQL_FORGET_EVENTS, "t", entry->session)))
		return -1;
	if (db_run(err, db, SQL_PRUNED, "n", bytes) || db_event(err, db, entry))
		return -1;
	/* When it came up it ended the older ones, though its "running" may be out of the journal. */
	if (!up || session_parse(&ignored, entry->session, strlen(entry->session), &session))
		return 0;
	if (db_pruned_ran(err, db, &session, &entry->kv))
		return -1;
	return db_end_older(err, db, &session, up);
}

/* The release of the kernel that the session itself reports (arm and keeper, cgi/ingest/callback.c). */
static int db_kernel(struct err *err, struct db *db, const struct journal_entry *entry)
{
	static const char *const events[] = {"armed", "not-armed", "running"};
	const char *release = kv_get(&entry->kv, "release");

	for (size_t i = 0; release && *release && i < sizeof(events) / sizeof(events[0]); i++)
		if (strcmp(entry->event, events[i]) == 0)
			return db_run(err, db, SQL_KERNEL, "tt", entry->session, release);
	return 0;
}

int db_apply(struct err *err, struct db *db, const struct journal_entry *entry)
{
	const char *event = entry->event, *id = entry->session;
	const struct kv *kv = &entry->kv;
	int64_t when = entry->time_ms;
	struct session session;
	char buf[64];
	const char *address = db_address(kv_get(kv, "address"), buf), *channel;

	if (strcmp(event, "pruned") == 0)
		return db_pruned(err, db, entry);
	if (db_event(err, db, entry))
		return -1;
	if (strcmp(id, "-") == 0)
		return strcmp(event, "triage") == 0 ? db_put_triage(err, db, entry) : 0;
	if (db_need_session(err, db, id, &session))
		return -1;
	if (strcmp(event, "requested") == 0)
		return db_run(err, db, SQL_REQUESTED, "ttttt", id, kv_get(kv, "product"), address,
		    kv_get(kv, "serial"), kv_get(kv, "asset"));
	if (db_kernel(err, db, entry))
		return -1;
	if (strcmp(event, "not-armed") == 0)
		return db_run(err, db, SQL_NOT_ARMED, "tnt", id, when, kv_get(kv, "why"));
	if (strcmp(event, "armed") == 0) {
		if (db_run(err, db, SQL_ARMED, "tn", id, when))
			return -1;
		return db_up(err, db, &session, when);
	}
	if (strcmp(event, "running") == 0) {
		if (db_run(err, db, SQL_RUNNING, "tnt", id, when, address))
			return -1;
		return db_up(err, db, &session, when);
	}
	if (strcmp(event, "died") == 0)
		return db_run(err, db, SQL_DIED, "tn", id, when);
	/* (an autopsy is no log) */
	channel = kv_get(kv, "channel");
	if (strcmp(event, "uploaded") == 0 && !(channel && strcmp(channel, "autopsy") == 0))
		return db_run(err, db, SQL_CAPTURED, "tn", id, when);
	return 0;
}

int db_merge_due(struct err *err, struct db *db, const char *session, int64_t time_ms)
{
	struct session parsed;

	if (db_need_session(err, db, session, &parsed))
		return -1;
	return db_run(err, db, SQL_MERGE_DUE, "tn", session, time_ms);
}

int db_merge_start(struct err *err, struct db *db, struct db_merge *merge)
{
	sqlite3_stmt *stmt = db_bind(err, db, SQL_MERGE_NEXT, "");
	int rc = stmt ? db_next(err, db, stmt) : -1;

	if (rc <= 0)
		return rc;
	db_text(stmt, 0, merge->session, sizeof(merge->session));
	db_text(stmt, 1, merge->product, sizeof(merge->product));
	merge->time_ms = sqlite3_column_int64(stmt, 2);
	sqlite3_reset(stmt);
	return db_run(err, db, SQL_MERGE_START, "t", merge->session) ? -1 : 1;
}

int db_merge_end(struct err *err, struct db *db, const char *session)
{
	return db_run(err, db, SQL_MERGE_END, "t", session);
}

int db_merge_again(struct err *err, struct db *db, const char *session)
{
	if (db_run(err, db, SQL_MERGE_AGAIN, "t", session))
		return -1;
	return sqlite3_changes(db->sqlite) > 0;
}

int db_merge_resume(struct err *err, struct db *db, char session[SESSION_ID_MAX + 1])
{
	sqlite3_stmt *stmt;
	int rc;

	if (db_run(err, db, SQL_MERGE_RESUME, ""))
		return -1;
	stmt = db_bind(err, db, SQL_MERGE_STALE, "");
	rc = stmt ? db_next(err, db, stmt) : -1;
	if (rc <= 0)
		return rc;
	db_text(stmt, 0, session, SESSION_ID_MAX + 1);
	sqlite3_reset(stmt);
	return db_merge_end(err, db, session) ? -1 : 1;
}

static int db_set_stream(
    struct err *err, struct db *db, const char *session, const struct db_stream *stream)
{
	return db_run(err, db, SQL_STREAM, "tnnnnnnn", session, (int64_t)stream->packets,
	    (int64_t)stream->lines, (int64_t)stream->bytes, (int64_t)stream->lost,
	    (int64_t)stream->truncated, (int64_t)stream->late, (int64_t)stream->duplicates);
}

int db_put_stream(
    struct err *err, struct db *db, const char *session, const struct db_stream *stream)
{
	struct session parsed;

	if (db_set_stream(err, db, session, stream))
		return -1;
	if (sqlite3_changes(db->sqlite) > 0)
		return 0;
	if (db_need_session(err, db, session, &parsed))
		return -1;
	return db_set_stream(err, db, session, stream);
}
