/* SPDX-License-Identifier: MIT */
/* db_list: parts of long lists, for pages; see db.h. It must not write. */
#include "db_sql.h"

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

static sqlite3_stmt *list_bind(
    struct err *err, struct db *db, const struct db_list *list, enum db_statement which)
{
	int64_t since = list->since_ms ? list->since_ms : INT64_MIN;
	int64_t until = list->until_ms ? list->until_ms : INT64_MAX;
	int64_t limit = list->limit ? list->limit : -1, offset = list->offset, state = list->state;

	switch (which) {
	case SQL_LIST_MAC:
	case SQL_LIST_MAC_COUNT:
		return db_bind(err, db, which, "nntnnnt", since, until, list->like, state, limit,
		    offset, list->mac);
	case SQL_LIST:
		return db_bind(
		    err, db, which, "nntnnn", since, until, list->like, state, limit, offset);
	case SQL_LIST_COUNT:
		return db_bind(err, db, which, "nntn", since, until, list->like, state);
	default:
		return db_bind(err, db, which, "nntnnnn", since, until, list->like, state, limit,
		    offset, clock_ahead());
	}
}

static long list_read(struct err *err, struct db *db, const struct db_list *list,
    enum db_statement which, enum db_statement count_which, long *total,
    int (*got)(void *arg, const struct db_session *session), void *arg)
{
	struct db_session session;
	sqlite3_stmt *stmt;
	long count = 0;
	int rc;

	if (total) {
		*total = db_number(err, db, list_bind(err, db, list, count_which));
		if (*total < 0)
			return -1;
	}
	stmt = list_bind(err, db, list, which);
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

long db_list(struct err *err, struct db *db, const struct db_list *list, long *total,
    int (*got)(void *arg, const struct db_session *session), void *arg)
{
	return list_read(err, db, list, list->mac ? SQL_LIST_MAC : SQL_LIST,
	    list->mac ? SQL_LIST_MAC_COUNT : SQL_LIST_COUNT, total, got, arg);
}

long db_machines(struct err *err, struct db *db, const struct db_list *list, long *total,
    int (*got)(void *arg, const struct db_session *session), void *arg)
{
	return list_read(err, db, list, SQL_MACHINES, SQL_MACHINES_COUNT, total, got, arg);
}

long db_machine_crashes(struct err *err, struct db *db, const char *mac)
{
	return db_number(err, db, db_bind(err, db, SQL_MACHINE_CRASHES, "t", mac));
}

long db_events_newest(struct err *err, struct db *db, const char *event, int64_t until_ms,
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
		const char *name = (const char *)sqlite3_column_text(stmt, 1);
		const char *session = (const char *)sqlite3_column_text(stmt, 2);
		const char *text = (const char *)sqlite3_column_text(stmt, 3);

		count++;
		if (got(arg, sqlite3_column_int64(stmt, 0), name ? name : "",
			session ? session : "-", text ? text : ""))
			break;
	}
	sqlite3_reset(stmt);
	return rc < 0 ? -1 : count;
}
