/* SPDX-License-Identifier: MIT */
/*
 * db_crash: how long reading crashes may take. From an index with many crashes, read by a caller who needs more than
 * DB_SEARCH_MS for the first. Evidence: a search is ended with an error that says what to do, a list is not.
 */
#include "scratch.h"
#include "store/db.h"
#include "store/layout.h"
#include "tap.h"

enum { CRASHES = 500 };

static struct err err;

static int put(struct db *db)
{
	static const struct session_key key = {{7}};
	struct db_crash crash = {.by_http = 1, .text = "lab_one lab_two"};
	struct session session;

	for (int i = 0; i < CRASHES; i++) {
		const uint8_t mac[6] = {0x52, 0x54, 0, 0, (uint8_t)(i >> 8), (uint8_t)i};

		session_mint(&key, mac, 1700000000000 + i, "lab", &session);
		snprintf(crash.session, sizeof(crash.session), "%s", session.id);
		snprintf(crash.report.title, sizeof(crash.report.title), "BUG in lab_one");
		crash.time_ms = session.time_ms;
		if (db_put_crash(&err, db, &crash))
			return -1;
	}
	return 0;
}

static int slow(void *arg, const struct db_crash_row *row)
{
	int *seen = arg;

	(void)row;
	if ((*seen)++ == 0)
		usleep((DB_SEARCH_MS + 200) * 1000);
	return 0;
}

static int quick(void *arg, const struct db_crash_row *row)
{
	(void)arg;
	(void)row;
	return 0;
}

int main(void)
{
	const struct db_crash_filter all = {.machine = NULL}, search = {.search = "lab_one"};
	const char *state = scratch_make();
	struct db *db;
	int seen = 0;

	if (layout_make(&err, state) || !(db = db_open(&err, state, 1)) || db_begin(&err, db) ||
	    put(db) || db_commit(&err, db)) {
		printf("Bail out! %s\n", err.msg);
		return 1;
	}
	is_num(
	    db_crash_rows(&err, db, &all, slow, &seen), CRASHES, "a slow list is read to its end");
	seen = 0;
	is_num(db_crash_rows(&err, db, &search, slow, &seen), -1, "a slow search is ended");
	is(err.msg, "search: ended after 1000 ms; give more words, or longer ones before *",
	    "with an error that says what to do");
	is_num(db_crash_rows(&err, db, &search, quick, NULL), CRASHES, "the next one is not");
	is_num(db_crash_count(&err, db, &search), CRASHES, "nor is counting");
	db_close(db);
	return tap_done();
}
