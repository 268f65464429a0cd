/* SPDX-License-Identifier: MIT */
/* engine: a db that reads by another engine than the index; what engine.h promises. */
#include "tap.h"

#include <stdlib.h>

#include "store/engine.h"

static struct err err;
static int closed;

static void fake_close(struct db *db)
{
	closed += engine_data(db) == &closed;
}

static long fake_list(struct err *ignored, struct db *db, const struct db_list *list, long *total,
    int (*got)(void *arg, const struct db_session *session), void *arg)
{
	struct db_session session = {.id = "of the engine", .requested_ms = list->since_ms};

	(void)ignored;
	(void)db;
	*total = 7;
	got(arg, &session);
	return 1;
}

static int fake_got(void *arg, const struct db_session *session)
{
	memcpy(arg, session, sizeof(*session));
	return 1;
}

int main(void)
{
	static const struct db_engine engine = {.close = fake_close, .list = fake_list};
	struct db *db = db_open_engine(&err, &engine, &closed);
	struct db_list list = {.since_ms = 5};
	struct db_session session = {.id = ""};
	struct journal_pos pos;
	struct db_stream stream = {.lines = 1};
	long total = 0;

	is_num(db_list(&err, db, &list, &total, fake_got, &session), 1, "the engine is asked");
	is(session.id, "of the engine", "it answers");
	ok(total == 7 && session.requested_ms == 5, "its parameters are passed on");
	is_num(db_begin(&err, db), -1, "it cannot be written: a transaction");
	is_num(db_put_stream(&err, db, "525400000001-20261130T022200.000Z-a-00000000", &stream), -1,
	    "it cannot be written: a row");
	is_num(db_get_pos(&err, db, &pos), -1, "it has no position in the journal");
	db_close(db);
	is_num(closed, 1, "db_close closes the engine");
	return tap_done();
}
