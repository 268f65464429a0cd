/* SPDX-License-Identifier: MIT */
/* db_triage: what people said of signatures; see db.h. */
#include "db_sql.h"

/* The pair's value, "" if it is missing. */
static const char *triage_value(const struct journal_entry *entry, const char *key)
{
	const char *value = kv_get(&entry->kv, key);

	return value ? value : "";
}

int db_put_triage(struct err *err, struct db *db, const struct journal_entry *entry)
{
	return db_run(err, db, SQL_TRIAGE, "ntttt", entry->time_ms,
	    triage_value(entry, "signature"), triage_value(entry, "what"),
	    triage_value(entry, "value"), triage_value(entry, "by"));
}

long index_triage(struct err *err, struct db *db,
    int (*got)(void *arg, const struct db_triage *triage), void *arg)
{
	sqlite3_stmt *stmt = db_bind(err, db, SQL_TRIAGES, "");
	struct db_triage triage;
	long count = 0;
	int rc;

	if (!stmt)
		return -1;
	while ((rc = db_next(err, db, stmt)) > 0) {
		triage.signature = db_column(stmt, 0);
		triage.what = db_column(stmt, 1);
		triage.value = db_column(stmt, 2);
		triage.by = db_column(stmt, 3);
		triage.time_ms = sqlite3_column_int64(stmt, 4);
		count++;
		if (got(arg, &triage))
			break;
	}
	sqlite3_reset(stmt);
	return rc < 0 ? -1 : count;
}
