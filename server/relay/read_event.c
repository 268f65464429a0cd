/* SPDX-License-Identifier: MIT */
/* read_event: events, what people said, and for how long machines ran; see read.h. It must not write. */
#include "read.h"

/* --- events ------------------------------------------------------------------------------------------ */

struct event_rows {
	int (*of_session)(void *arg, int64_t time_ms, const char *event, const char *text);
	int (*of_all)(
	    void *arg, int64_t time_ms, const char *event, const char *session, const char *text);
	void *arg;
};

static int event_of_session(void *arg, const PGresult *result)
{
	struct event_rows *rows = arg;

	return rows->of_session(
	    rows->arg, sql_time(result, 0), sql_text(result, 1), sql_text(result, 2));
}

long read_events(struct err *err, struct db *db, const char *session,
    int (*got)(void *arg, int64_t time_ms, const char *event, const char *text), void *arg)
{
	struct event_rows rows = {.of_session = got, .arg = arg};
	struct sql sql = {.len = 0};

	sql_add_text(&sql,
	    "SELECT time, event, pairs FROM event WHERE session = $#"
	    " ORDER BY time, server, number",
	    session);
	return sql_each(err, engine_data(db), &sql, event_of_session, &rows);
}

static int event_of_all(void *arg, const PGresult *result)
{
	struct event_rows *rows = arg;

	return rows->of_all(rows->arg, sql_time(result, 0), sql_text(result, 1),
	    sql_text(result, 2), sql_text(result, 3));
}

long read_events_newest(struct err *err, struct db *db, const char *event, int64_t until_ms,
    int limit,
    int (*got)(
	void *arg, int64_t time_ms, const char *event, const char *session, const char *text),
    void *arg)
{
	struct event_rows rows = {.of_all = got, .arg = arg};
	struct sql sql = {.len = 0};

	sql_add(&sql, "SELECT time, event, coalesce(session, '-'), pairs FROM event WHERE true");
	if (event)
		sql_add_text(&sql, " AND event = $#", event);
	if (until_ms)
		sql_add_time(&sql, " AND time < $#", until_ms);
	sql_add_big(&sql, " ORDER BY time DESC, number DESC LIMIT $#", limit);
	return sql_each(err, engine_data(db), &sql, event_of_all, &rows);
}

/* --- what people said -------------------------------------------------------------------------------- */

struct triage_rows {
	int (*got)(void *arg, const struct db_triage *triage);
	void *arg;
};

static int triage_row(void *arg, const PGresult *result)
{
	const struct triage_rows *rows = arg;
	const struct db_triage triage = {.signature = sql_text(result, 0),
	    .what = sql_text(result, 1),
	    .value = sql_text(result, 2),
	    .by = sql_text(result, 3),
	    .time_ms = sql_time(result, 4)};

	return rows->got(rows->arg, &triage);
}

long read_triage(struct err *err, struct db *db,
    int (*got)(void *arg, const struct db_triage *triage), void *arg)
{
	struct triage_rows rows = {got, arg};
	struct sql sql = {.len = 0};

	sql_add(&sql, "SELECT key, what, value, by, time FROM setting WHERE kind = 'triage'"
		      " ORDER BY time, server, number");
	return sql_each(err, engine_data(db), &sql, triage_row, &rows);
}

/* Sessions of which logs or records are to come. */
long read_merges(struct err *err, struct db *db)
{
	struct sql sql = {.len = 0};

	sql_add(&sql, "SELECT count(*) FROM wanted");
	return sql_number(err, engine_data(db), &sql);
}
