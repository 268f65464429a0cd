/* SPDX-License-Identifier: MIT */
/* db_list: parts of long lists, for pages; see db.h. It must not write. */
#include "db_sql.h"

#include <limits.h>

#include "base/clock.h"

/* One number; stmt is bound. -1 on error. */
static long db_number(struct err *err, struct db *db, sqlite3_stmt *stmt)
{
	long number = -1;

	if (stmt && db_next(err, db, stmt) > 0) {
		number = (long)sqlite3_column_int64(stmt, 0);
		sqlite3_reset(stmt);
	}
	return number;
}

static int64_t list_until(const struct db_list *list)
{
	return list->until_ms ? list->until_ms : INT64_MAX;
}

/* Gives those sessions that are in the list's part. stmt, which is bound, has the ids of all, in order. Count or -1. */
static long list_found(struct err *err, struct db *db, sqlite3_stmt *stmt,
    const struct db_list *list, long *total,
    int (*got)(void *arg, const struct db_session *session), void *arg)
{
	long count = 0, seen = 0, end = list->limit ? (long)list->offset + list->limit : LONG_MAX;
	int rc = 0, ended = 0;

	while (stmt && (rc = db_next(err, db, stmt)) > 0) {
		struct db_session session;
		int found;

		if (seen++ < list->offset || seen > end || ended)
			continue;
		found = index_session_by_id(err, db, db_column(stmt, 0), &session);
		if (found < 0) {
			sqlite3_reset(stmt);
			return -1;
		}
		count += found;
		ended = found && got(arg, &session);
	}
	if (total)
		*total = seen;
	return !stmt || rc < 0 ? -1 : count;
}

/* Gives the sessions of stmt; first sets *total by count. Count or -1. */
static long list_part(struct err *err, struct db *db, sqlite3_stmt *count, long *total,
    sqlite3_stmt *stmt, int (*got)(void *arg, const struct db_session *session), void *arg)
{
	if (total) {
		*total = db_number(err, db, count);
		if (*total < 0)
			return -1;
	}
	return db_rows(err, db, stmt, got, arg);
}

long index_list(struct err *err, struct db *db, const struct db_list *list, long *total,
    int (*got)(void *arg, const struct db_session *session), void *arg)
{
	int64_t since = list->since_ms ? list->since_ms : INT64_MIN, until = list_until(list);
	int64_t state = list->state, limit = list->limit ? list->limit : -1;
	sqlite3_stmt *stmt;

	if (list->mac || list->like || list->state >= 0) {
		stmt = list->mac ? db_bind(err, db, SQL_LIST_MAC, "nntnt", since, until, list->like,
				       state, list->mac)
				 : db_bind(err, db, SQL_LIST_FOUND, "nntn", since, until,
				       list->like, state);
		return list_found(err, db, stmt, list, total, got, arg);
	}
	stmt = db_bind(err, db, SQL_LIST, "nnnn", since, until, limit, (int64_t)list->offset);
	return list_part(
	    err, db, db_bind(err, db, SQL_LIST_COUNT, "nn", since, until), total, stmt, got, arg);
}

long index_machines(struct err *err, struct db *db, const struct db_list *list, long *total,
    int (*got)(void *arg, const struct db_session *session), void *arg)
{
	int64_t since = list->since_ms ? list->since_ms : INT64_MIN, until = list_until(list);
	int64_t state = list->state, limit = list->limit ? list->limit : -1;
	sqlite3_stmt *stmt;

	if (list->like || list->state >= 0 || list->since_ms || list->until_ms) {
		stmt = db_bind(err, db, SQL_MACHINES_FOUND, "nntnn", since, until, list->like,
		    state, clock_ahead());
		return list_found(err, db, stmt, list, total, got, arg);
	}
	stmt = db_bind(err, db, SQL_MACHINES, "nnn", clock_ahead(), limit, (int64_t)list->offset);
	return list_part(err, db, db_bind(err, db, SQL_MACHINES_COUNT, ""), total, stmt, got, arg);
}

long index_fleet(struct err *err, struct db *db,
    int (*got)(void *arg, const struct db_fleet *machine), void *arg)
{
	sqlite3_stmt *stmt = db_bind(err, db, SQL_FLEET, "n", clock_ahead());
	struct db_fleet machine;
	long count = 0;
	int rc;

	if (!stmt)
		return -1;
	while ((rc = db_next(err, db, stmt)) > 0) {
		machine.mac = db_column(stmt, 0);
		machine.why = db_column(stmt, 1);
		machine.requested_ms = sqlite3_column_int64(stmt, 2);
		machine.armed_ms = sqlite3_column_int64(stmt, 3);
		machine.state = (enum session_state)sqlite3_column_int(stmt, 4);
		count++;
		if (got(arg, &machine))
			break;
	}
	sqlite3_reset(stmt);
	return rc < 0 ? -1 : count;
}

long index_machine_crashes(struct err *err, struct db *db, const char *mac)
{
	return db_number(err, db, db_bind(err, db, SQL_MACHINE_CRASHES, "t", mac));
}

long index_events_newest(struct err *err, struct db *db, const char *event, int64_t until_ms,
    int limit,
    int (*got)(
	void *arg, int64_t time_ms, const char *event, const char *session, const char *text),
    void *arg)
{
	int64_t until = until_ms ? until_ms : INT64_MAX;
	sqlite3_stmt *stmt =
	    event ? db_bind(err, db, SQL_EVENTS_NAMED, "nnt", until, (int64_t)limit, event)
		  : db_bind(err, db, SQL_EVENTS_NEWEST, "nn", until, (int64_t)limit);
	long count = 0;
	int rc;

	if (!stmt)
		return -1;
	while ((rc = db_next(err, db, stmt)) > 0) {
		count++;
		if (got(arg, sqlite3_column_int64(stmt, 0), db_column(stmt, 1), db_column(stmt, 2),
			db_column(stmt, 3)))
			break;
	}
	sqlite3_reset(stmt);
	return rc < 0 ? -1 : count;
}
