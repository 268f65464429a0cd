/* SPDX-License-Identifier: MIT */
/* db_schema: the index's tables as numbered upgrades; see db_schema.h. */
#include "db_schema.h"

#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "base/mac.h"

/* When a crash became known, and the release that it is of: the report's, else the one that came up. */
#define CRASH_TIME                                                                                 \
	"CASE WHEN new.died > 0 THEN new.died WHEN new.captured > 0 THEN new.captured ELSE"        \
	" new.time END"
#define CRASH_RELEASE "CASE WHEN new.release <> '' THEN new.release ELSE new.kernel END"

/* What table machine has of a session (packets: whether it has any). */
#define MACHINE_COLUMNS                                                                            \
	"mac, id, time, why, not_armed, armed, running, died, captured, ended, packets"

/* The end of a session's run: its death, upload or its machine's next session, whichever is first; null: none yet. */
#define RAN_AT(time) "CASE WHEN " time " > 0 THEN " time " ELSE 9223372036854775807 END"
#define RAN_UNTIL(session)                                                                         \
	"nullif(min(" RAN_AT(session "died") ", " RAN_AT(session "captured") ", " RAN_AT(          \
	    session "ended") "), 9223372036854775807)"

/* The number of a MAC in text, as mac_number() (base/mac.h): without a function of ours, so that other programs can write too. */
#define MAC_DIGIT(mac, at, shift)                                                                  \
	"((instr('0123456789abcdef', substr(" mac ", " #at ", 1)) - 1) << " #shift ")"
#define MAC_NUMBER(mac)                                                                            \
	"(" MAC_DIGIT(mac, 1, 44) "|" MAC_DIGIT(mac, 2, 40) "|" MAC_DIGIT(                         \
	    mac, 4, 36) "|" MAC_DIGIT(mac, 5, 32) "|" MAC_DIGIT(mac, 7, 28) "|" MAC_DIGIT(mac, 8,  \
	    24) "|" MAC_DIGIT(mac, 10, 20) "|" MAC_DIGIT(mac, 11, 16) "|" MAC_DIGIT(mac, 13,       \
	    12) "|" MAC_DIGIT(mac, 14, 8) "|" MAC_DIGIT(mac, 16, 4) "|" MAC_DIGIT(mac, 17, 0) ")"

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
    /* 8: machine: the newest session of each machine, with what its state follows from; triggers keep it equal to
     * table session. Newest is the latest time, whatever the clock shows: NEWEST (db_statements.c) looks again
     * where that time is to come. (An ON CONFLICT of the statement that fires a trigger counts in the trigger, too:
     * so the insertions here ignore conflicts, as SQL_NEW_SESSION does.) */
    "CREATE TABLE machine (mac TEXT PRIMARY KEY, id TEXT NOT NULL, time INTEGER NOT NULL,"
    " why TEXT NOT NULL, not_armed INTEGER NOT NULL, armed INTEGER NOT NULL,"
    " running INTEGER NOT NULL, died INTEGER NOT NULL, captured INTEGER NOT NULL,"
    " ended INTEGER NOT NULL, packets INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TRIGGER session_begun AFTER INSERT ON session BEGIN"
    " DELETE FROM machine WHERE mac = new.mac AND (time, id) < (new.time, new.id);"
    " INSERT OR IGNORE INTO machine VALUES (new.mac, new.id, new.time, new.why, new.not_armed,"
    " new.armed, new.running, new.died, new.captured, new.ended, new.packets > 0); END;"
    "CREATE TRIGGER session_changed AFTER UPDATE OF why, not_armed, armed, running, died, captured,"
    " ended ON session BEGIN UPDATE machine SET why = new.why, not_armed = new.not_armed,"
    " armed = new.armed, running = new.running, died = new.died, captured = new.captured,"
    " ended = new.ended WHERE mac = new.mac AND id = new.id; END;"
    "CREATE TRIGGER session_heard AFTER UPDATE OF packets ON session"
    " WHEN (new.packets > 0) <> (old.packets > 0) BEGIN"
    " UPDATE machine SET packets = new.packets > 0 WHERE mac = new.mac AND id = new.id; END;"
    "CREATE TRIGGER session_gone AFTER DELETE ON session"
    " WHEN EXISTS (SELECT 1 FROM machine WHERE mac = old.mac AND id = old.id) BEGIN"
    " DELETE FROM machine WHERE mac = old.mac;"
    " INSERT OR IGNORE INTO machine SELECT " MACHINE_COLUMNS " > 0 FROM session"
    " WHERE mac = old.mac ORDER BY time DESC, id DESC LIMIT 1; END;"
    "INSERT OR IGNORE INTO machine SELECT " MACHINE_COLUMNS " > 0 FROM session"
    " ORDER BY time DESC, id DESC;"
    /* ran: when each session ran, all that db_exposure reads, instead of an index on session; kind: what it ran on. So
     * a hundred thousand rows have numbers only. machine: mac_number of its MAC; session: the session's time, which with
     * its machine is its own. Triggers keep a row for each session that came up. Of those that were pruned
     * (SQL_RAN_PRUNED) session is negative; their crashes are in ran_crash. */
    "DROP INDEX session_exposure;"
    "CREATE TABLE kind (n INTEGER PRIMARY KEY, kernel TEXT NOT NULL, product TEXT NOT NULL,"
    " profile TEXT NOT NULL, UNIQUE (kernel, product, profile));"
    "CREATE TABLE ran (machine INTEGER NOT NULL, up INTEGER NOT NULL, session INTEGER NOT NULL,"
    " until INTEGER, kind INTEGER NOT NULL, PRIMARY KEY (machine, up, session)) WITHOUT ROWID;"
    "CREATE TABLE ran_crash (mac TEXT NOT NULL, time INTEGER NOT NULL, signature TEXT NOT NULL,"
    " kind INTEGER NOT NULL);"
    "CREATE TRIGGER session_ran AFTER UPDATE OF product, kernel, up, died, captured, ended ON session"
    " WHEN new.up > 0 BEGIN"
    " INSERT OR IGNORE INTO kind (kernel, product, profile) VALUES (new.kernel, new.product,"
    " new.profile);"
    " DELETE FROM ran WHERE machine = " MAC_NUMBER(
	"old.mac") " AND up = old.up AND session = old.time;"
		   " INSERT OR IGNORE INTO ran (machine, up, session, until, kind)"
		   " SELECT " MAC_NUMBER("new.mac") ", new.up, new.time, " RAN_UNTIL(
		       "new.") ", n FROM kind"
			       " WHERE kernel = new.kernel AND product = new.product AND profile = new.profile; END;"
			       "CREATE TRIGGER session_ran_no_more AFTER DELETE ON session WHEN old.up > 0 BEGIN"
			       " DELETE FROM ran WHERE machine = " MAC_NUMBER(
				   "old.mac") " AND up = old.up AND session = old.time;"
					      " END;"
					      "INSERT OR IGNORE INTO kind (kernel, product, profile) SELECT DISTINCT kernel, product, profile"
					      " FROM session WHERE up > 0;"
					      "INSERT OR IGNORE INTO ran (machine, up, session, until, kind) SELECT " MAC_NUMBER(
						  "mac") ", up, time,"
							 " " RAN_UNTIL(
							     "") ", n FROM session JOIN kind USING (kernel, product, profile) WHERE up > 0;",
};
const int db_version_max = sizeof(db_upgrades) / sizeof(db_upgrades[0]);

/* "52:54:00:a1:b2:c3", as mac_format writes it, as its number (base/mac.h). */
static void schema_mac_number(sqlite3_context *context, int count, sqlite3_value **values)
{
	const char *text = (const char *)sqlite3_value_text(values[0]);
	uint8_t mac[6] = {0};

	(void)count;
	for (int i = 0; text && strlen(text) == 17 && i < 6; i++)
		mac[i] = (uint8_t)hex_byte(text + 3 * i);
	sqlite3_result_int64(context, (int64_t)mac_number(mac));
}

int db_functions(struct err *err, struct db *db)
{
	if (sqlite3_create_function(db->sqlite, "mac_number", 1,
		SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, NULL, schema_mac_number,
		NULL, NULL) != SQLITE_OK)
		return db_error(err, db, "open");
	return 0;
}

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
