/* SPDX-License-Identifier: MIT */
/*
 * db_plans: how SQLite runs each statement of the index, by its EXPLAIN QUERY PLAN. The events of one session
 * are found by the session, never by looking at all events of a name: that cost the collector a minute of
 * CPU time, and netconsole its lines, as soon as the journal had thousands of uploads.
 */
#include "tap.h"

#include <stdlib.h>
#include <string.h>

#include "scratch.h"
#include "store/db_sql.h"
#include "store/layout.h"

static struct err err;

/* Which statements may read all events of a name, or all events: lists of events of any session. */
static int lists_events(int which)
{
	return which == SQL_EVENTS_NAMED || which == SQL_EVENTS_NEWEST;
}

/* 1 if a step of the plan is bad. */
static int is_bad_step(const char *step)
{
	return strstr(step, "USING INDEX event_name") ||
	       strstr(step, "COVERING INDEX event_name") || strstr(step, "SCAN event") ||
	       strcmp(step, "SCAN e") == 0;
}

static void check_plan(struct db *db, int which)
{
	size_t size = strlen(db_sql[which]) + 32;
	char *explain = malloc(size), bad[200] = "";
	sqlite3_stmt *stmt;

	snprintf(explain, size, "EXPLAIN QUERY PLAN %s", db_sql[which]);
	if (sqlite3_prepare_v2(db->sqlite, explain, -1, &stmt, NULL) != SQLITE_OK) {
		ok(0, "statement %d can be explained", which);
		free(explain);
		return;
	}
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		const char *step = (const char *)sqlite3_column_text(stmt, 3);

		if (is_bad_step(step))
			snprintf(bad, sizeof(bad), "%s", step);
	}
	sqlite3_finalize(stmt);
	free(explain);
	if (!lists_events(which))
		ok(!bad[0], "statement %d finds the events of a session by the session%s%s", which,
		    *bad ? ": " : "", bad);
	else
		ok(bad[0] != '\0', "a list of events reads events of all sessions");
}

int main(void)
{
	const char *state = scratch_make();
	struct db *db;

	if (layout_make(&err, state) || !(db = db_open(&err, state, 1)))
		return 1;
	for (int which = 0; which < SQL_COUNT; which++)
		if (strstr(db_sql[which], "event"))
			check_plan(db, which);
	db_close(db);
	return tap_done();
}
