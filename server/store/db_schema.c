/* SPDX-License-Identifier: MIT */
/* db_schema: the index's tables as numbered upgrades; see db_schema.h. */
#include "db_schema.h"

#include <stdio.h>

/* When a crash became known, and the release that it is of: the report's, else the one that came up. */
#define CRASH_TIME                                                                                 \
	"CASE WHEN new.died > 0 THEN new.died WHEN new.captured > 0 THEN new.captured ELSE"        \
	" new.time END"
#define CRASH_RELEASE "CASE WHEN new.release <> '' THEN new.release ELSE new.kernel END"

/* The schema as numbered upgrades; PRAGMA user_version is how many were applied. Never change one
 * that was released; add one. */
static const char *const db_upgrades[] = {
    /* 1 */
    "CREATE TABLE position (one INTEGER PRIMARY KEY CHECK (one = 1), file TEXT NOT NULL,"
    " offset INTEGER NOT NULL, skipped INTEGER NOT NULL, scanned INTEGER NOT NULL);"
    "INSERT INTO position VALUES (1, '', 0, 0, 0);"
    "CREATE TABLE session (id TEXT PRIMARY KEY, mac TEXT NOT NULL, time INTEGER NOT NULL,"
    " profile TEXT NOT NULL, product TEXT NOT NULL DEFAULT '', address TEXT NOT NULL DEFAULT '',"
    " why TEXT NOT NULL DEFAULT '', not_armed INTEGER NOT NULL DEFAULT 0,"
    " armed INTEGER NOT NULL DEFAULT 0, running INTEGER NOT NULL DEFAULT 0,"
    " up INTEGER NOT NULL DEFAULT 0, died INTEGER NOT NULL DEFAULT 0,"
    " captured INTEGER NOT NULL DEFAULT 0, ended INTEGER NOT NULL DEFAULT 0,"
    " crash INTEGER NOT NULL DEFAULT 0, title TEXT NOT NULL DEFAULT '',"
    " class TEXT NOT NULL DEFAULT '', function TEXT NOT NULL DEFAULT '',"
    " signature TEXT NOT NULL DEFAULT '', release TEXT NOT NULL DEFAULT '',"
    " by_http INTEGER NOT NULL DEFAULT 0, by_netconsole INTEGER NOT NULL DEFAULT 0,"
    " packets INTEGER NOT NULL DEFAULT 0, lines INTEGER NOT NULL DEFAULT 0,"
    " bytes INTEGER NOT NULL DEFAULT 0, lost INTEGER NOT NULL DEFAULT 0,"
    " truncated INTEGER NOT NULL DEFAULT 0, late INTEGER NOT NULL DEFAULT 0,"
    " duplicates INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;"
    "CREATE INDEX session_time ON session (time);"
    "CREATE INDEX session_mac ON session (mac, time);"
    "CREATE INDEX session_address ON session (address, time);"
    "CREATE INDEX session_crash ON session (time) WHERE crash > 0 OR died > 0 OR captured > 0;"
    "CREATE TABLE event (n INTEGER PRIMARY KEY, session TEXT NOT NULL, time INTEGER NOT NULL,"
    " event TEXT NOT NULL, text TEXT NOT NULL);"
    "CREATE INDEX event_session ON event (session, time, n);",
    /* 2: for db_late */
    "CREATE INDEX session_ended ON session (ended) WHERE ended > 0;",
    /* 3: serial and asset, crashes by pstore, counts of pruned sessions; the journal is read again */
    "ALTER TABLE session ADD COLUMN serial TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE session ADD COLUMN asset TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE session ADD COLUMN by_pstore INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE position ADD COLUMN pruned INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE position ADD COLUMN pruned_bytes INTEGER NOT NULL DEFAULT 0;"
    "DELETE FROM session; DELETE FROM event;"
    "UPDATE position SET file = '', offset = 0, skipped = 0, scanned = 0;",
    /* 4: records that are to be made. merge: 0 none, 1 due, 2 tried, 3 due after one interrupted try,
     * 4 tried again */
    "ALTER TABLE session ADD COLUMN merge INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE session ADD COLUMN merge_time INTEGER NOT NULL DEFAULT 0;"
    "CREATE INDEX session_merge ON session (merge_time) WHERE merge > 0;",
    /* 5: crashes by the serial console */
    "ALTER TABLE session ADD COLUMN by_console INTEGER NOT NULL DEFAULT 0;",
    /* 6: the events of one name */
    "CREATE INDEX event_name ON event (event, time);",
    /* 7: for the pages. crash: a row of each session that crashed, short, which triggers keep equal to it (facts
     * of the report are written by db_crash.c); search: title and report, rowid is crash.n; triage: what people
     * said. The journal is read again for session.kernel, the records for the facts and the search. */
    "ALTER TABLE session ADD COLUMN kernel TEXT NOT NULL DEFAULT '';"
    "CREATE TABLE crash (n INTEGER PRIMARY KEY, session TEXT NOT NULL UNIQUE, mac TEXT NOT NULL,"
    " time INTEGER NOT NULL, booted INTEGER NOT NULL, up INTEGER NOT NULL, signature TEXT NOT NULL,"
    " title TEXT NOT NULL, class TEXT NOT NULL, function TEXT NOT NULL, release TEXT NOT NULL,"
    " kernel TEXT NOT NULL, profile TEXT NOT NULL, product TEXT NOT NULL,"
    " by_http INTEGER NOT NULL, taint TEXT NOT NULL DEFAULT '', hardware TEXT NOT NULL DEFAULT '',"
    " modules TEXT NOT NULL DEFAULT '', task TEXT NOT NULL DEFAULT '',"
    " severity TEXT NOT NULL DEFAULT '', cpu INTEGER NOT NULL DEFAULT -1);"
    "CREATE INDEX crash_time ON crash (time);"
    "CREATE INDEX crash_signature ON crash (signature, time);"
    "CREATE INDEX crash_mac ON crash (mac);"
    "CREATE VIRTUAL TABLE search USING fts5 (title, text, columnsize = 0,"
    " tokenize = \"unicode61 tokenchars '_.'\");"
    "CREATE TRIGGER session_crashed AFTER UPDATE OF product, kernel, up, crash, died, captured, title,"
    " class, function, signature, release, by_http ON session"
    " WHEN new.crash > 0 OR new.died > 0 OR new.captured > 0 BEGIN"
    " INSERT INTO crash (session, mac, time, booted, up, signature, title, class, function, release,"
    " kernel, profile, product, by_http) VALUES (new.id, new.mac, " CRASH_TIME ", new.time, new.up,"
    " new.signature, new.title, new.class, new.function, " CRASH_RELEASE
    ", new.kernel, new.profile,"
    " new.product, new.by_http)"
    " ON CONFLICT (session) DO UPDATE SET time = excluded.time, up = excluded.up,"
    " signature = excluded.signature, title = excluded.title, class = excluded.class,"
    " function = excluded.function, release = excluded.release, kernel = excluded.kernel,"
    " product = excluded.product, by_http = excluded.by_http; END;"
    "CREATE TRIGGER session_forgotten AFTER DELETE ON session BEGIN"
    " DELETE FROM crash WHERE session = old.id; END;"
    "CREATE TRIGGER crash_forgotten AFTER DELETE ON crash BEGIN"
    " DELETE FROM search WHERE rowid = old.n; END;"
    "CREATE TABLE triage (n INTEGER PRIMARY KEY, time INTEGER NOT NULL, signature TEXT NOT NULL,"
    " what TEXT NOT NULL, value TEXT NOT NULL, by TEXT NOT NULL);"
    /* all that db_exposure reads */
    "CREATE INDEX session_exposure ON session (mac, up, died, captured, ended, kernel, product, profile)"
    " WHERE up > 0;"
    "DELETE FROM session; DELETE FROM event;"
    "UPDATE position SET file = '', offset = 0, skipped = 0, scanned = 0, pruned = 0,"
    " pruned_bytes = 0;",
};
const int db_version_max = sizeof(db_upgrades) / sizeof(db_upgrades[0]);

int db_version(struct err *err, struct db *db, int *version)
{
	sqlite3_stmt *stmt = db_only_row(err, db, SQL_VERSION);

	if (!stmt)
		return -1;
	*version = sqlite3_column_int(stmt, 0);
	sqlite3_reset(stmt);
	return 0;
}

int db_upgrade(struct err *err, struct db *db)
{
	struct err ignored;
	int version;

	if (db_version(err, db, &version))
		return -1;
	if (version > db_version_max) {
		db->broken = 1; /* an index is cheap to make again */
		return err_set(err, "%s: made by a newer version", db->path);
	}
	if (version == db_version_max)
		return 0;
	/* Another writer may have upgraded it just now: read the version again, locked. */
	if (db_exec(err, db, "BEGIN IMMEDIATE", "upgrade") || db_version(err, db, &version))
		goto fail;
	for (; version < db_version_max; version++) {
		char pragma[48];

		snprintf(pragma, sizeof(pragma), "PRAGMA user_version = %d", version + 1);
		if (db_exec(err, db, db_upgrades[version], "upgrade") ||
		    db_exec(err, db, pragma, "upgrade"))
			goto fail;
	}
	if (db_exec(err, db, "COMMIT", "upgrade") == 0)
		return 0;
fail:
	db_exec(&ignored, db, "ROLLBACK", "upgrade");
	return -1;
}
