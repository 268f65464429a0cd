/* SPDX-License-Identifier: MIT */
/*
 * db: the index's file, its schema, its statements, how far it has come; see db.h. It must hold
 * nothing that the journal and the session files could not tell again. db_write.c writes sessions,
 * db_read.c answers.
 */
#include "db_sql.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

enum { WAIT_MS = 2000, CHECK_MAX = 32 << 20 };

/* The schema, as numbered upgrades: PRAGMA user_version says how many have been applied. Never
 * change one that was released; add one. */
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
    /* 2: what db_overdue looks for */
    "CREATE INDEX session_ended ON session (ended) WHERE ended > 0;",
    /* 3: more to know a machine by, what only pstore told, what was pruned; read again from the
     * journal */
    "ALTER TABLE session ADD COLUMN serial TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE session ADD COLUMN asset TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE session ADD COLUMN by_pstore INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE position ADD COLUMN pruned INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE position ADD COLUMN pruned_bytes INTEGER NOT NULL DEFAULT 0;"
    "DELETE FROM session; DELETE FROM event;"
    "UPDATE position SET file = '', offset = 0, skipped = 0, scanned = 0;",
};
enum { DB_VERSION = sizeof(db_upgrades) / sizeof(db_upgrades[0]) };

#define FIRST(column, value)                                                                       \
	column " = CASE WHEN " column " = 0 OR " column " > " value " THEN " value " ELSE " column \
	       " END"

#define HAS(table, name)                                                                           \
	" EXISTS (SELECT 1 FROM event AS e WHERE e.session = " table ".id AND e.event = '" name "')"

/*
 * What an event of that name should have told, and has not: ?1 now, ?2 stalled, ?3 no capture, ?4 ended:
 * after how long, ?5 how far back. (NO_CAPTURE's first line is there for the index session_crash.)
 */
#define OVERDUE(name, when)                                                                        \
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

/* In the order of db_row(). */
#define SESSION_COLUMNS                                                                            \
	"id, mac, product, profile, address, why, time, not_armed, armed, running, died,"          \
	" captured, ended, title, class, signature, by_http, by_netconsole, packets, lines,"       \
	" bytes, lost, truncated, late, duplicates, release," HAS("session", "stalled") "," HAS(   \
	    "session", "no-capture") ", by_pstore, serial, asset, up"

static const char *const db_sql[SQL_COUNT] = {
    [SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_ROLLBACK] = "ROLLBACK",
    [SQL_GET_POS] = "SELECT file, offset, skipped FROM position",
    [SQL_SET_POS] = "UPDATE position SET file = ?1, offset = ?2, skipped = ?3",
    [SQL_GET_SCANNED] = "SELECT scanned FROM position",
    [SQL_SET_SCANNED] = "UPDATE position SET scanned = ?1",
    [SQL_NEW_SESSION] =
	"INSERT OR IGNORE INTO session (id, mac, time, profile) VALUES (?1, ?2, ?3, ?4)",
    [SQL_NEW_SESSION_ENDED] =
	"UPDATE session SET ended = coalesce((SELECT min(next.up) FROM session AS next WHERE"
	" next.mac = ?2 AND next.time > ?3 AND next.up > 0), 0) WHERE id = ?1",
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
	" title = CASE WHEN ?3 <> '' AND (?8 OR NOT by_http) THEN ?3 ELSE title END,"
	" class = CASE WHEN ?3 <> '' AND (?8 OR NOT by_http) THEN ?4 ELSE class END,"
	" function = CASE WHEN ?3 <> '' AND (?8 OR NOT by_http) THEN ?5 ELSE function END,"
	" signature = CASE WHEN ?3 <> '' AND (?8 OR NOT by_http) THEN ?6 ELSE signature END,"
	" release = CASE WHEN ?7 <> '' AND (?8 OR NOT by_http) THEN ?7 ELSE release END,"
	" by_http = max(by_http, ?8), by_netconsole = max(by_netconsole, ?9),"
	" by_pstore = max(by_pstore, ?10)," FIRST("crash", "?2") " WHERE id = ?1",
    [SQL_STREAM] = "UPDATE session SET packets = ?2, lines = ?3, bytes = ?4, lost = ?5,"
		   " truncated = ?6, late = ?7, duplicates = ?8 WHERE id = ?1",
    [SQL_SESSIONS] =
	"SELECT " SESSION_COLUMNS " FROM session WHERE time >= ?1"
	" AND (?2 = 0 OR crash > 0 OR died > 0 OR captured > 0)"
	" AND (?3 IS NULL OR lower(substr(id, 1, length(?3))) = lower(?3)"
	" OR substr(mac, 1, length(?3)) = lower(?3) OR instr(lower(product), lower(?3)) > 0"
	" OR instr(lower(title), lower(?3)) > 0 OR signature = lower(?3))"
	" AND (?5 = 0 OR time = (SELECT max(n.time) FROM session AS n WHERE n.mac = session.mac))"
	" AND (?6 IS NULL OR lower(serial) = lower(?6) OR lower(asset) = lower(?6)"
	" OR address = lower(?6))"
	" ORDER BY time DESC, id LIMIT ?4",
    [SQL_SESSION] = "SELECT " SESSION_COLUMNS " FROM session WHERE id = ?1",
    [SQL_TALLY] = "SELECT " SESSION_COLUMNS ", crash > 0 OR died > 0 OR captured > 0,"
		  " (SELECT count(*) FROM event AS e WHERE e.session = session.id"
		  " AND e.event = 'uploaded') FROM session WHERE id > ?1 ORDER BY id LIMIT ?2",
    [SQL_FORGET] = "DELETE FROM session WHERE id = ?1",
    [SQL_FORGET_EVENTS] = "DELETE FROM event WHERE session = ?1",
    [SQL_PRUNED] = "UPDATE position SET pruned = pruned + 1, pruned_bytes = pruned_bytes + ?1",
    [SQL_GET_PRUNED] = "SELECT pruned, pruned_bytes FROM position",
    [SQL_EVENTS] = "SELECT time, event, text FROM event WHERE session = ?1 ORDER BY time, n",
    [SQL_BY_ADDRESS] = "SELECT id FROM session WHERE address = ?1 AND time <= ?2"
		       " ORDER BY time DESC LIMIT 1",
    [SQL_OVERDUE] = OVERDUE("stalled", STALLED) " UNION ALL " OVERDUE(
	"no-capture", NO_CAPTURE) " UNION ALL " OVERDUE("ended", ENDED) " LIMIT 100",
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

sqlite3_stmt *db_statement(struct err *err, struct db *db, enum db_statement which)
{
	sqlite3_stmt **stmt = &db->stmt[which];

	if (!*stmt && sqlite3_prepare_v3(db->sqlite, db_sql[which], -1, SQLITE_PREPARE_PERSISTENT,
			  stmt, NULL) != SQLITE_OK) {
		db_error(err, db, "prepare");
		return NULL;
	}
	sqlite3_reset(*stmt);
	sqlite3_clear_bindings(*stmt);
	return *stmt;
}

int db_run(struct err *err, struct db *db, sqlite3_stmt *stmt)
{
	int code = sqlite3_step(stmt);

	if (code != SQLITE_DONE && code != SQLITE_ROW) {
		db_error(err, db, "write");
		sqlite3_reset(stmt);
		return -1;
	}
	sqlite3_reset(stmt);
	return 0;
}

static int db_pragma_version(struct err *err, struct db *db, int *version)
{
	sqlite3_stmt *stmt = NULL;
	int rc = -1;

	if (sqlite3_prepare_v2(db->sqlite, "PRAGMA user_version", -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW) {
		*version = sqlite3_column_int(stmt, 0);
		rc = 0;
	} else {
		db_error(err, db, "read");
	}
	sqlite3_finalize(stmt);
	return rc;
}

static int db_upgrade(struct err *err, struct db *db)
{
	int version;

	if (db_pragma_version(err, db, &version))
		return -1;
	if (version > DB_VERSION) {
		db->broken = 1; /* an index is cheap to make again */
		return err_set(err, "%s: made by a newer version", db->path);
	}
	if (version == DB_VERSION)
		return 0;
	if (sqlite3_exec(db->sqlite, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
		return db_error(err, db, "upgrade");
	/* Another writer may have been quicker. */
	if (db_pragma_version(err, db, &version))
		goto fail;
	for (; version < DB_VERSION; version++) {
		char pragma[48];

		snprintf(pragma, sizeof(pragma), "PRAGMA user_version = %d", version + 1);
		if (sqlite3_exec(db->sqlite, db_upgrades[version], NULL, NULL, NULL) != SQLITE_OK ||
		    sqlite3_exec(db->sqlite, pragma, NULL, NULL, NULL) != SQLITE_OK) {
			db_error(err, db, "upgrade");
			goto fail;
		}
	}
	if (sqlite3_exec(db->sqlite, "COMMIT", NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	db_error(err, db, "upgrade");
fail:
	sqlite3_exec(db->sqlite, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

int db_verify(struct err *err, struct db *db)
{
	sqlite3_stmt *stmt = NULL;
	int rc = 0;

	if (sqlite3_prepare_v2(db->sqlite, "PRAGMA quick_check(1)", -1, &stmt, NULL) != SQLITE_OK) {
		rc = db_error(err, db, "check");
	} else if (sqlite3_step(stmt) != SQLITE_ROW) {
		rc = db_error(err, db, "check");
	} else if (strcmp((const char *)sqlite3_column_text(stmt, 0), "ok") != 0) {
		db->broken = 1;
		rc = err_set(err, "%s: %s", db->path, sqlite3_column_text(stmt, 0));
	}
	sqlite3_finalize(stmt);
	return rc;
}

/* Reads a database of moderate size through once: what is damaged is better found now. */
static int db_check(struct err *err, struct db *db)
{
	struct stat st;

	if (stat(db->path, &st) || st.st_size > CHECK_MAX)
		return 0;
	return db_verify(err, db);
}

static struct db *db_open_file(struct err *err, const char *path, int write, int *broken)
{
	struct db *db = calloc(1, sizeof(*db));
	int flags = write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
	struct stat st;
	int version;

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
	if (write) {
		/* NORMAL: a power cut may lose the last batch, which the journal then tells again. */
		if (sqlite3_exec(db->sqlite,
			"PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;", NULL, NULL,
			NULL) != SQLITE_OK) {
			db_error(err, db, "open");
			goto fail;
		}
		if (db_upgrade(err, db))
			goto fail;
		if (db_check(err, db))
			goto fail;
	} else {
		if (db_pragma_version(err, db, &version))
			goto fail;
		if (version != DB_VERSION) {
			err_set(err,
			    "%s: version %d, this program reads version %d; start the "
			    "collector or run lastwords reindex",
			    path, version, DB_VERSION);
			goto fail;
		}
	}
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

/* Renames PATH and its log to PATH.bad-TIME. */
static int db_put_aside(struct err *err, const char *path)
{
	char when[19], from[FILE_PATH_MAX + 8], to[FILE_PATH_MAX + 40];

	clock_format_compact(clock_now(), when);
	snprintf(to, sizeof(to), "%s.bad-%s", path, when);
	if (rename(path, to) && errno != ENOENT)
		return err_errno(err, "%s", to);
	snprintf(from, sizeof(from), "%s-wal", path);
	snprintf(to, sizeof(to), "%s.bad-%s-wal", path, when);
	if (rename(from, to) && errno != ENOENT)
		return err_errno(err, "%s", to);
	snprintf(from, sizeof(from), "%s-shm", path);
	if (unlink(from) && errno != ENOENT)
		return err_errno(err, "%s", from);
	return 0;
}

struct db *db_open(struct err *err, const char *state, int write)
{
	char path[FILE_PATH_MAX];
	struct db *db;
	int broken;

	if (file_path(err, state, "index.db", path))
		return NULL;
	if (write && access(path, F_OK) && errno == ENOENT) {
		/* What is left of an index that somebody removed must not be replayed into a new one. */
		char left[FILE_PATH_MAX + 8];

		snprintf(left, sizeof(left), "%s-wal", path);
		unlink(left);
		snprintf(left, sizeof(left), "%s-shm", path);
		unlink(left);
	}
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

static int db_simple(struct err *err, struct db *db, enum db_statement which)
{
	sqlite3_stmt *stmt = db_statement(err, db, which);

	return stmt ? db_run(err, db, stmt) : -1;
}

/* 1 if the file on disk still begins as a database does. SQLite itself would go on from its cache
 * while every new reader fails. Read through SQLite's own descriptor: closing another one of the
 * same file would drop its locks. */
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
	return db_simple(err, db, SQL_BEGIN);
}

int db_commit(struct err *err, struct db *db)
{
	return db_simple(err, db, SQL_COMMIT);
}

void db_rollback(struct db *db)
{
	struct err ignored;

	if (!sqlite3_get_autocommit(db->sqlite))
		db_simple(&ignored, db, SQL_ROLLBACK);
}

void db_bind(sqlite3_stmt *stmt, int n, const char *text)
{
	if (text)
		sqlite3_bind_text(stmt, n, text, -1, SQLITE_STATIC);
	else
		sqlite3_bind_null(stmt, n);
}

int db_get_pos(struct err *err, struct db *db, struct journal_pos *pos)
{
	sqlite3_stmt *stmt = db_statement(err, db, SQL_GET_POS);

	memset(pos, 0, sizeof(*pos));
	if (!stmt)
		return -1;
	if (sqlite3_step(stmt) != SQLITE_ROW) {
		db_error(err, db, "read");
		sqlite3_reset(stmt);
		return -1;
	}
	if (sqlite3_column_text(stmt, 0))
		snprintf(
		    pos->file, sizeof(pos->file), "%s", (const char *)sqlite3_column_text(stmt, 0));
	pos->offset = sqlite3_column_int64(stmt, 1);
	pos->skipped = (uint64_t)sqlite3_column_int64(stmt, 2);
	sqlite3_reset(stmt);
	return 0;
}

int db_set_pos(struct err *err, struct db *db, const struct journal_pos *pos)
{
	sqlite3_stmt *stmt = db_statement(err, db, SQL_SET_POS);

	if (!stmt)
		return -1;
	db_bind(stmt, 1, pos->file);
	sqlite3_bind_int64(stmt, 2, pos->offset);
	sqlite3_bind_int64(stmt, 3, (sqlite3_int64)pos->skipped);
	return db_run(err, db, stmt);
}

int db_get_scanned(struct err *err, struct db *db, int *scanned)
{
	sqlite3_stmt *stmt = db_statement(err, db, SQL_GET_SCANNED);

	if (!stmt)
		return -1;
	if (sqlite3_step(stmt) != SQLITE_ROW) {
		db_error(err, db, "read");
		sqlite3_reset(stmt);
		return -1;
	}
	*scanned = sqlite3_column_int(stmt, 0);
	sqlite3_reset(stmt);
	return 0;
}

int db_set_scanned(struct err *err, struct db *db, int scanned)
{
	sqlite3_stmt *stmt = db_statement(err, db, SQL_SET_SCANNED);

	if (!stmt)
		return -1;
	sqlite3_bind_int(stmt, 1, scanned);
	return db_run(err, db, stmt);
}
