/* SPDX-License-Identifier: MIT */
/* db_exposure: for how long machines ran; see db.h. It must not write. */
#include "db_sql.h"

/* Reads what SQL_EXPOSURE selects. */
static void exposure_row(sqlite3_stmt *stmt, struct db_exposure *exposure)
{
	exposure->mac = db_column(stmt, 0);
	exposure->kernel = db_column(stmt, 1);
	exposure->product = db_column(stmt, 2);
	exposure->profile = db_column(stmt, 3);
	exposure->up_ms = sqlite3_column_int64(stmt, 4);
	exposure->end_ms = 0;
	for (int column = 5; column <= 7; column++) {
		int64_t ms = sqlite3_column_int64(stmt, column);

		if (ms && (!exposure->end_ms || ms < exposure->end_ms))
			exposure->end_ms = ms;
	}
}

long index_exposure(struct err *err, struct db *db,
    int (*got)(void *arg, const struct db_exposure *exposure), void *arg)
{
	sqlite3_stmt *stmt = db_bind(err, db, SQL_EXPOSURE, "");
	struct db_exposure exposure;
	long count = 0;
	int rc;

	if (!stmt)
		return -1;
	while ((rc = db_next(err, db, stmt)) > 0) {
		exposure_row(stmt, &exposure);
		count++;
		if (got(arg, &exposure))
			break;
	}
	sqlite3_reset(stmt);
	return rc < 0 ? -1 : count;
}
