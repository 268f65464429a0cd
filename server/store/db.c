/* SPDX-License-Identifier: MIT */
/*
 * db: the index's file, schema, statements and journal position; see db.h. It must hold nothing that
 * cannot be made again from the journal and the session files. db_write.c writes sessions, db_read.c
 * reads them.
 */
#include "db_sql.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

#define DB_NAME "index.db"
enum { WAIT_MS = 2000, CHECK_MAX = 32 << 20 };

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
};
enum { DB_VERSION = sizeof(db_upgrades) / sizeof(db_upgrades[0]) };

#define FIRST(column, value)                                                                       \
	column " = CASE WHEN " column " = 0 OR " column " > " value " THEN " value " ELSE " column \
	       " END"

#define HAS(table, name)                                                                           \
	" EXISTS (SELECT 1 FROM event AS e WHERE e.session = " table ".id AND e.event = '" name "')"

/*
 * Sessions that should have an event of that name, and have none. ?1 is now; ?2 stalled, ?3 no
 * capture, ?4 ended: after how long; ?5 how far back. (The first line of NO_CAPTURE makes SQLite use
 * the index session_crash.)
 */
#define LATE(name, when)                                                                           \
	"SELECT id, '" name "' FROM session AS s WHERE " when " AND NOT" HAS("s", name)
#define STALLED                                                                                    \
	"time BETWEEN ?1 - ?5 AND ?1 - ?2 AND armed = 0 AND running = 0 AND not_armed = 0"         \
	" AND died = 0 AND captured = 0 AND packets = 0"
#define NO_CAPTURE                                                                                 \
	"(crash > 0 OR died > 0 OR captured > 0)"                                                  \
	" AND died BETWEEN ?1 - ?5 AND ?1 - ?3 AND died > 0 AND captured = 0"
#define ENDED                                                                                      \
	"ended > 0 AND ended BETWEEN ?1 - ?5 AND ?1 - ?4 AND (armed > 0 OR running > 0)"           \
	" AND died = 0 AND captured = 0"

/* The state that the times give, an enum session_state. A not-armed that is later than the armed cancels it. */
#define STATE                                                                                            \
	"CASE WHEN captured > 0 THEN 7"                                                                  \
	" WHEN died > 0 THEN CASE WHEN" HAS("session",                                                   \
	    "no-capture") " THEN 6 ELSE 5 END"                                                           \
			  " WHEN ended > 0 THEN 8 WHEN not_armed > armed THEN 2 WHEN running > 0 THEN 4" \
			  " WHEN armed > 0 THEN 3"                                                       \
			  " WHEN packets = 0 AND" HAS("session", "stalled") " THEN 1 ELSE 0 END"

/* ?3 is a text; how a person may name a session. */
#define LIKE                                                                                       \
	" AND (?3 IS NULL OR lower(substr(id, 1, length(?3))) = lower(?3)"                         \
	" OR substr(mac, 1, length(?3)) = lower(?3) OR instr(lower(product), lower(?3)) > 0"       \
	" OR instr(lower(title), lower(?3)) > 0 OR signature = lower(?3))"

/* db_list: ?1, ?2 time, ?3 like, ?4 state, ?5 limit, ?6 offset, ?7 MAC */
#define LIST(what, more)                                                                           \
	"SELECT " what " FROM session WHERE time BETWEEN ?1 AND ?2" LIKE " AND (?4 < 0 OR " STATE  \
	" = ?4)" more
#define LIST_ORDER " ORDER BY time DESC, id DESC LIMIT ?5 OFFSET ?6"
/* db_machines: the same, ?7 a day from now: each machine's newest session */
#define MACHINES(what, more)                                                                       \
	"WITH newest AS (SELECT mac AS m, coalesce(max(CASE WHEN time <= ?7 THEN time END),"       \
	" max(time)) AS t FROM session GROUP BY mac)"                                              \
	" SELECT " what " FROM newest CROSS JOIN session ON mac = m AND time = t"                  \
	" WHERE time BETWEEN ?1 AND ?2" LIKE " AND (?4 < 0 OR " STATE " = ?4)" more

/* In the order in which db_row() reads them. */
#define SESSION_COLUMNS                                                                             \
	"id, mac, product, profile, address, serial, asset, why, title, class, signature, release," \
	" time, armed, running, died, captured, ended, up, by_http, by_netconsole, by_console,"     \
	" by_pstore,"                                                                               \
	" packets, lines, bytes, lost, truncated, late, duplicates," STATE

static const char *const db_sql[SQL_COUNT] = {
    [SQL_VERSION] = "PRAGMA user_version",
    [SQL_CHECK] = "PRAGMA quick_check(1)",
    [SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_ROLLBACK] = "ROLLBACK",
    [SQL_GET_POSITION] =
	"SELECT file, offset, skipped, scanned, pruned, pruned_bytes FROM position",
    [SQL_SET_POS] = "UPDATE position SET file = ?1, offset = ?2, skipped = ?3",
    [SQL_SET_SCANNED] = "UPDATE position SET scanned = ?1",
    [SQL_NEW_SESSION] =
	"INSERT OR IGNORE INTO session (id, mac, time, profile) VALUES (?1, ?2, ?3, ?4)",
    [SQL_NEW_SESSION_ENDED] =
	"UPDATE session SET ended = coalesce((SELECT min(next.up) FROM session AS next WHERE"
	" next.mac = ?2 AND next.time > ?3 AND next.time <= ?4 AND next.up > 0), 0) WHERE id = ?1",
    [SQL_EVENT] = "INSERT INTO event (session, time, event, text) VALUES (?1, ?2, ?3, ?4)",
    [SQL_REQUESTED] = "UPDATE session SET product = coalesce(?2, product),"
		      " address = coalesce(?3, address), serial = coalesce(?4, serial),"
		      " asset = coalesce(?5, asset) WHERE id = ?1",
    [SQL_NOT_ARMED] = "UPDATE session SET not_armed = ?2, why = coalesce(?3, why)"
		      " WHERE id = ?1 AND not_armed <= ?2",
    [SQL_ARMED] = "UPDATE session SET armed = max(armed, ?2) WHERE id = ?1",
    [SQL_RUNNING] = "UPDATE session SET " FIRST("running", "?2") ", address = coalesce(?3, address)"
								 " WHERE id = ?1",
    [SQL_UP] = "UPDATE session SET " FIRST("up", "?2") " WHERE id = ?1",
    [SQL_END_OLDER] = "UPDATE session SET " FIRST("ended", "?3") " WHERE mac = ?1 AND time < ?2",
    [SQL_DIED] = "UPDATE session SET " FIRST("died", "?2") " WHERE id = ?1",
    [SQL_CAPTURED] = "UPDATE session SET " FIRST("captured", "?2") " WHERE id = ?1",
    [SQL_CRASH] =
	"UPDATE session SET "
	" title = CASE WHEN ?8 OR (?3 <> '' AND NOT by_http) THEN ?3 ELSE title END,"
	" class = CASE WHEN ?8 OR (?3 <> '' AND NOT by_http) THEN ?4 ELSE class END,"
	" function = CASE WHEN ?8 OR (?3 <> '' AND NOT by_http) THEN ?5 ELSE function END,"
	" signature = CASE WHEN ?8 OR (?3 <> '' AND NOT by_http) THEN ?6 ELSE signature END,"
	" release = CASE WHEN ?7 <> '' AND (?8 OR NOT by_http) THEN ?7 ELSE release END,"
	" by_http = max(by_http, ?8), by_netconsole = max(by_netconsole, ?9),"
	" by_pstore = max(by_pstore, ?10), by_console = max(by_console, ?11)," FIRST(
	    "crash", "?2") " WHERE id = ?1",
    [SQL_STREAM] = "UPDATE session SET packets = ?2, lines = ?3, bytes = ?4, lost = ?5,"
		   " truncated = ?6, late = ?7, duplicates = ?8 WHERE id = ?1",
    [SQL_MERGE_DUE] = "UPDATE session SET merge = 1, merge_time = ?2 WHERE id = ?1",
    [SQL_MERGES] = "SELECT count(*) FROM session WHERE merge > 0",
    [SQL_MERGE_NEXT] = "SELECT id, product, merge_time FROM session WHERE merge > 0"
		       " AND merge IN (1, 3) ORDER BY merge_time LIMIT 1",
    [SQL_MERGE_START] = "UPDATE session SET merge = merge + 1 WHERE id = ?1 AND merge IN (1, 3)",
    [SQL_MERGE_END] = "UPDATE session SET merge = 0 WHERE id = ?1 AND merge IN (2, 4)",
    [SQL_MERGE_STALE] = "SELECT id FROM session WHERE merge > 0 AND merge = 4 LIMIT 1",
    [SQL_MERGE_RESUME] = "UPDATE session SET merge = 3 WHERE merge > 0 AND merge = 2",
    [SQL_SESSIONS] =
	"SELECT " SESSION_COLUMNS " FROM session WHERE time BETWEEN ?1 AND ?7"
	" AND (?2 = 0 OR crash > 0 OR died > 0 OR captured > 0)" LIKE
	" AND (?5 = 0 OR time = coalesce("
	"(SELECT max(n.time) FROM session AS n WHERE n.mac = session.mac AND n.time <= ?8),"
	" (SELECT max(n.time) FROM session AS n WHERE n.mac = session.mac)))"
	" AND (?6 IS NULL OR lower(serial) = lower(?6) OR lower(asset) = lower(?6)"
	" OR address = lower(?6))"
	" ORDER BY time DESC, id LIMIT ?4",
    [SQL_SESSION] = "SELECT " SESSION_COLUMNS " FROM session WHERE id = ?1",
    [SQL_LIST] = LIST(SESSION_COLUMNS, LIST_ORDER),
    [SQL_LIST_COUNT] = LIST("count(*)", ""),
    [SQL_LIST_MAC] = LIST(SESSION_COLUMNS, " AND mac = ?7" LIST_ORDER),
    [SQL_LIST_MAC_COUNT] = LIST("count(*)", " AND mac = ?7"),
    [SQL_MACHINES] = MACHINES(SESSION_COLUMNS, " ORDER BY m LIMIT ?5 OFFSET ?6"),
    [SQL_MACHINES_COUNT] = MACHINES("count(*)", ""),
    [SQL_MACHINE_CRASHES] = "SELECT count(*) FROM session WHERE mac = ?1"
			    " AND (crash > 0 OR died > 0 OR captured > 0)",
    [SQL_TALLY] = "SELECT " SESSION_COLUMNS ", crash > 0 OR died > 0 OR captured > 0,"
		  " (SELECT count(*) FROM event AS e WHERE e.session = session.id"
		  " AND e.event = 'uploaded') FROM session WHERE id > ?1 ORDER BY id LIMIT ?2",
    [SQL_FORGET] = "DELETE FROM session WHERE id = ?1",
    [SQL_FORGET_EVENTS] = "DELETE FROM event WHERE session = ?1",
    [SQL_PRUNED] = "UPDATE position SET pruned = pruned + 1, pruned_bytes = pruned_bytes + ?1",
    [SQL_EVENTS] = "SELECT time, event, text FROM event WHERE session = ?1 ORDER BY time, n",
    [SQL_EVENTS_NEWEST] = "SELECT time, event, session, text FROM event WHERE time < ?1"
			  " ORDER BY n DESC LIMIT ?2",
    [SQL_EVENTS_NAMED] = "SELECT time, event, session, text FROM event WHERE event = ?3"
			 " AND time < ?1 ORDER BY time DESC, n DESC LIMIT ?2",
    [SQL_BY_ADDRESS] = "SELECT id FROM session WHERE address = ?1 AND time <= ?2"
		       " ORDER BY time DESC LIMIT 1",
    [SQL_BEFORE] = "SELECT id FROM session WHERE mac = ?1 AND time < ?2 ORDER BY time DESC LIMIT 1",
    [SQL_LATE] = LATE("stalled", STALLED) " UNION ALL " LATE(
	"no-capture", NO_CAPTURE) " UNION ALL " LATE("ended", ENDED) " LIMIT 100",
};

int db_error(struct err *err, struct db *db, const char *doing)
{
	int code = sqlite3_extended_errcode(db->sqlite);

	if ((code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB ||
	    code == SQLITE_READONLY_DBMOVED)
		db->broken = 1;
	return err_set(err, "%s: %s: %s", db->path, doing, sqlite3_errmsg(db->sqlite));
}

int db_broken(const struct db *db)
{
	return db->broken;
}

/* --- statements ------------------------------------------------------------------------------------ */

static sqlite3_stmt *db_bind_list(
    struct err *err, struct db *db, enum db_statement which, const char *types, va_list values)
{
	sqlite3_stmt **stmt = &db->stmt[which];

	if (!*stmt && sqlite3_prepare_v3(db->sqlite, db_sql[which], -1, SQLITE_PREPARE_PERSISTENT,
			  stmt, NULL) != SQLITE_OK) {
		db_error(err, db, "prepare");
		return NULL;
	}
	sqlite3_reset(*stmt);
	sqlite3_clear_bindings(*stmt);
	for (int i = 0; types[i]; i++) {
		if (types[i] == 't')
			sqlite3_bind_text(
			    *stmt, i + 1, va_arg(values, const char *), -1, SQLITE_STATIC);
		else
			sqlite3_bind_int64(*stmt, i + 1, va_arg(values, int64_t));
	}
	return *stmt;
}

sqlite3_stmt *db_bind(
    struct err *err, struct db *db, enum db_statement which, const char *types, ...)
{
	sqlite3_stmt *stmt;
	va_list values;

	va_start(values, types);
	stmt = db_bind_list(err, db, which, types, values);
	va_end(values);
	return stmt;
}

int db_run(struct err *err, struct db *db, enum db_statement which, const char *types, ...)
{
	sqlite3_stmt *stmt;
	va_list values;
	int rc;

	va_start(values, types);
	stmt = db_bind_list(err, db, which, types, values);
	va_end(values);
	if (!stmt)
		return -1;
	rc = sqlite3_step(stmt) == SQLITE_DONE ? 0 : db_error(err, db, "write");
	sqlite3_reset(stmt);
	return rc;
}

int db_next(struct err *err, struct db *db, sqlite3_stmt *stmt)
{
	int code = sqlite3_step(stmt);

	if (code == SQLITE_ROW)
		return 1;
	if (code != SQLITE_DONE)
		db_error(err, db, "read");
	sqlite3_reset(stmt);
	return code == SQLITE_DONE ? 0 : -1;
}

void db_text(sqlite3_stmt *stmt, int column, char *text, size_t size)
{
	const unsigned char *value = sqlite3_column_text(stmt, column);

	snprintf(text, size, "%s", value ? (const char *)value : "");
}

/* The statement at its only row, to be reset by the caller; NULL on error. */
static sqlite3_stmt *db_only_row(struct err *err, struct db *db, enum db_statement which)
{
	sqlite3_stmt *stmt = db_bind(err, db, which, "");
	int rc = stmt ? db_next(err, db, stmt) : -1;

	if (rc == 0)
		err_set(err, "%s: a row is missing", db->path);
	return rc == 1 ? stmt : NULL;
}

/* --- the file -------------------------------------------------------------------------------------- */

static int db_exec(struct err *err, struct db *db, const char *sql, const char *doing)
{
	if (sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL) != SQLITE_OK)
		return db_error(err, db, doing);
	return 0;
}

static int db_version(struct err *err, struct db *db, int *version)
{
	sqlite3_stmt *stmt = db_only_row(err, db, SQL_VERSION);

	if (!stmt)
		return -1;
	*version = sqlite3_column_int(stmt, 0);
	sqlite3_reset(stmt);
	return 0;
}

static int db_upgrade(struct err *err, struct db *db)
{
	int version;

	if (db_version(err, db, &version))
		return -1;
	if (version > DB_VERSION) {
		db->broken = 1; /* an index is cheap to make again */
		return err_set(err, "%s: made by a newer version", db->path);
	}
	if (version == DB_VERSION)
		return 0;
	/* Another writer may have upgraded it just now: read the version again, locked. */
	if (db_exec(err, db, "BEGIN IMMEDIATE", "upgrade") || db_version(err, db, &version))
		goto fail;
	for (; version < DB_VERSION; version++) {
		char pragma[48];

		snprintf(pragma, sizeof(pragma), "PRAGMA user_version = %d", version + 1);
		if (db_exec(err, db, db_upgrades[version], "upgrade") ||
		    db_exec(err, db, pragma, "upgrade"))
			goto fail;
	}
	if (db_exec(err, db, "COMMIT", "upgrade") == 0)
		return 0;
fail:
	db_rollback(db);
	return -1;
}

int db_verify(struct err *err, struct db *db)
{
	sqlite3_stmt *stmt = db_only_row(err, db, SQL_CHECK);
	int rc = 0;

	if (!stmt)
		return -1;
	if (strcmp((const char *)sqlite3_column_text(stmt, 0), "ok") != 0) {
		db->broken = 1;
		rc = err_set(err, "%s: %s", db->path, sqlite3_column_text(stmt, 0));
	}
	sqlite3_reset(stmt);
	return rc;
}

static int db_prepare_writing(struct err *err, struct db *db)
{
	struct stat st;

	/* NORMAL: a power cut may lose the last batch, which is then read from the journal again. */
	if (db_exec(err, db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;", "open") ||
	    db_upgrade(err, db))
		return -1;
	/* Damage is better found now than in a query; a large database would take too long. */
	if (stat(db->path, &st) || st.st_size > CHECK_MAX)
		return 0;
	return db_verify(err, db);
}

static int db_prepare_reading(struct err *err, struct db *db)
{
	int version;

	if (db_version(err, db, &version))
		return -1;
	if (version != DB_VERSION)
		return err_set(err,
		    "%s: version %d, this program reads version %d; start the collector or run lastwords reindex",
		    db->path, version, DB_VERSION);
	return 0;
}

static struct db *db_open_file(struct err *err, const char *path, int write, int *broken)
{
	struct db *db = calloc(1, sizeof(*db));
	int flags = write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
	struct stat st;

	*broken = 0;
	if (!db) {
		err_errno(err, "index");
		return NULL;
	}
	snprintf(db->path, sizeof(db->path), "%s", path);
	if (sqlite3_open_v2(path, &db->sqlite, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
		db_error(err, db, "open");
		goto fail;
	}
	sqlite3_busy_timeout(db->sqlite, WAIT_MS);
	sqlite3_extended_result_codes(db->sqlite, 1);
	if (write ? db_prepare_writing(err, db) : db_prepare_reading(err, db))
		goto fail;
	if (stat(path, &st)) {
		err_errno(err, "%s", path);
		goto fail;
	}
	db->dev = st.st_dev;
	db->ino = st.st_ino;
	return db;
fail:
	*broken = db->broken;
	db_close(db);
	return NULL;
}

/* The database, its log, and the log's index, which must go or stay together. */
static const char *const db_suffixes[] = {"", "-wal", "-shm"};

int db_remove(struct err *err, const char *state)
{
	char path[FILE_PATH_MAX], name[FILE_PATH_MAX + 8];

	if (file_path(err, state, DB_NAME, path))
		return -1;
	for (size_t i = 0; i < sizeof(db_suffixes) / sizeof(db_suffixes[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", path, db_suffixes[i]);
		if (unlink(name) && errno != ENOENT)
			return err_errno(err, "%s", name);
	}
	return 0;
}

/* Renames PATH and its log to PATH.bad-TIME. */
static int db_put_aside(struct err *err, const char *path)
{
	char when[19], from[FILE_PATH_MAX + 8], to[FILE_PATH_MAX + 40];

	clock_format_compact(clock_now(), when);
	for (size_t i = 0; i < sizeof(db_suffixes) / sizeof(db_suffixes[0]); i++) {
		snprintf(from, sizeof(from), "%s%s", path, db_suffixes[i]);
		snprintf(to, sizeof(to), "%s.bad-%s%s", path, when, db_suffixes[i]);
		if (rename(from, to) && errno != ENOENT)
			return err_errno(err, "%s", to);
	}
	return 0;
}

struct db *db_open(struct err *err, const char *state, int write)
{
	char path[FILE_PATH_MAX];
	struct db *db;
	int broken;

	if (file_path(err, state, DB_NAME, path))
		return NULL;
	/* The log of an index that was removed must not be replayed into a new one. */
	if (write && access(path, F_OK) && errno == ENOENT && db_remove(err, state))
		return NULL;
	db = db_open_file(err, path, write, &broken);
	if (db || !write || !broken)
		return db;
	if (db_put_aside(err, path))
		return NULL;
	return db_open_file(err, path, write, &broken);
}

void db_set_wait(struct db *db, int ms)
{
	sqlite3_busy_timeout(db->sqlite, ms);
}

void db_close(struct db *db)
{
	if (!db)
		return;
	for (size_t i = 0; i < SQL_COUNT; i++)
		sqlite3_finalize(db->stmt[i]);
	sqlite3_close(db->sqlite);
	free(db);
}

/* --- transactions ---------------------------------------------------------------------------------- */

/*
 * 1 if the file on disk still begins as a database does: SQLite would go on from its cache while
 * every new reader fails. Read through SQLite's own descriptor, because closing another one of the
 * same file drops its locks.
 */
static int db_has_header(struct db *db)
{
	static const char magic[16] = "SQLite format 3";
	char head[sizeof(magic)];
	sqlite3_file *file = NULL;

	if (sqlite3_file_control(db->sqlite, "main", SQLITE_FCNTL_FILE_POINTER, &file) !=
		SQLITE_OK ||
	    !file || !file->pMethods)
		return 1;
	return file->pMethods->xRead(file, head, sizeof(head), 0) == SQLITE_OK &&
	       memcmp(head, magic, sizeof(magic)) == 0;
}

int db_begin(struct err *err, struct db *db)
{
	struct stat st;

	if (stat(db->path, &st) || st.st_dev != db->dev || st.st_ino != db->ino) {
		db->broken = 1;
		return err_set(err, "%s: was removed or replaced", db->path);
	}
	if (!db_has_header(db)) {
		db->broken = 1;
		return err_set(err, "%s: was overwritten", db->path);
	}
	return db_run(err, db, SQL_BEGIN, "");
}

int db_commit(struct err *err, struct db *db)
{
	return db_run(err, db, SQL_COMMIT, "");
}

void db_rollback(struct db *db)
{
	struct err ignored;

	if (!sqlite3_get_autocommit(db->sqlite))
		db_run(&ignored, db, SQL_ROLLBACK, "");
}

/* --- the position ---------------------------------------------------------------------------------- */

int db_get_pos(struct err *err, struct db *db, struct journal_pos *pos)
{
	sqlite3_stmt *stmt = db_only_row(err, db, SQL_GET_POSITION);

	memset(pos, 0, sizeof(*pos));
	if (!stmt)
		return -1;
	db_text(stmt, 0, pos->file, sizeof(pos->file));
	pos->offset = sqlite3_column_int64(stmt, 1);
	pos->skipped = (uint64_t)sqlite3_column_int64(stmt, 2);
	sqlite3_reset(stmt);
	return 0;
}

int db_set_pos(struct err *err, struct db *db, const struct journal_pos *pos)
{
	return db_run(err, db, SQL_SET_POS, "tnn", pos->file, pos->offset, (int64_t)pos->skipped);
}

int db_get_scanned(struct err *err, struct db *db, int *scanned)
{
	sqlite3_stmt *stmt = db_only_row(err, db, SQL_GET_POSITION);

	if (!stmt)
		return -1;
	*scanned = sqlite3_column_int(stmt, 3);
	sqlite3_reset(stmt);
	return 0;
}

int db_set_scanned(struct err *err, struct db *db, int scanned)
{
	return db_run(err, db, SQL_SET_SCANNED, "n", (int64_t)scanned);
}

int db_get_pruned(struct err *err, struct db *db, uint64_t *sessions, uint64_t *bytes)
{
	sqlite3_stmt *stmt = db_only_row(err, db, SQL_GET_POSITION);

	if (!stmt)
		return -1;
	*sessions = (uint64_t)sqlite3_column_int64(stmt, 4);
	*bytes = (uint64_t)sqlite3_column_int64(stmt, 5);
	sqlite3_reset(stmt);
	return 0;
}
