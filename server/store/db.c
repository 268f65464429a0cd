/* SPDX-License-Identifier: MIT */
/*
 * store: the index's file, its schema, its statements, how far it has come; see store.h. It must hold
 * nothing that the journal and the session files could not tell again. store_write.c writes sessions,
 * store_read.c answers.
 */
#include "store_db.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"

enum { WAIT_MS = 2000, CHECK_MAX = 32 << 20 };

/* The schema, as numbered upgrades: PRAGMA user_version says how many have been applied. Never
 * change one that was released; add one. */
static const char *const store_upgrades[] = {
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
    /* 2: what store_overdue looks for */
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
enum { STORE_VERSION = sizeof(store_upgrades) / sizeof(store_upgrades[0]) };

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

/* In the order of store_row(). */
#define SESSION_COLUMNS                                                                            \
	"id, mac, product, profile, address, why, time, not_armed, armed, running, died,"          \
	" captured, ended, title, class, signature, by_http, by_netconsole, packets, lines,"       \
	" bytes, lost, truncated, late, duplicates, release," HAS("session", "stalled") "," HAS(   \
	    "session", "no-capture") ", by_pstore, serial, asset, up"

static const char *const store_sql[SQL_COUNT] = {
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

int store_error(struct err *err, struct store *store, const char *doing)
{
	int code = sqlite3_extended_errcode(store->db);

	if ((code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB ||
	    code == SQLITE_READONLY_DBMOVED)
		store->broken = 1;
	return err_set(err, "%s: %s: %s", store->path, doing, sqlite3_errmsg(store->db));
}

int store_broken(const struct store *store)
{
	return store->broken;
}

sqlite3_stmt *store_statement(struct err *err, struct store *store, enum store_statement which)
{
	sqlite3_stmt **stmt = &store->stmt[which];

	if (!*stmt && sqlite3_prepare_v3(store->db, store_sql[which], -1, SQLITE_PREPARE_PERSISTENT,
			  stmt, NULL) != SQLITE_OK) {
		store_error(err, store, "prepare");
		return NULL;
	}
	sqlite3_reset(*stmt);
	sqlite3_clear_bindings(*stmt);
	return *stmt;
}

int store_run(struct err *err, struct store *store, sqlite3_stmt *stmt)
{
	int code = sqlite3_step(stmt);

	if (code != SQLITE_DONE && code != SQLITE_ROW) {
		store_error(err, store, "write");
		sqlite3_reset(stmt);
		return -1;
	}
	sqlite3_reset(stmt);
	return 0;
}

static int store_pragma_version(struct err *err, struct store *store, int *version)
{
	sqlite3_stmt *stmt = NULL;
	int rc = -1;

	if (sqlite3_prepare_v2(store->db, "PRAGMA user_version", -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW) {
		*version = sqlite3_column_int(stmt, 0);
		rc = 0;
	} else {
		store_error(err, store, "read");
	}
	sqlite3_finalize(stmt);
	return rc;
}

static int store_upgrade(struct err *err, struct store *store)
{
	int version;

	if (store_pragma_version(err, store, &version))
		return -1;
	if (version > STORE_VERSION) {
		store->broken = 1; /* an index is cheap to make again */
		return err_set(err, "%s: made by a newer version", store->path);
	}
	if (version == STORE_VERSION)
		return 0;
	if (sqlite3_exec(store->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
		return store_error(err, store, "upgrade");
	/* Another writer may have been quicker. */
	if (store_pragma_version(err, store, &version))
		goto fail;
	for (; version < STORE_VERSION; version++) {
		char pragma[48];

		snprintf(pragma, sizeof(pragma), "PRAGMA user_version = %d", version + 1);
		if (sqlite3_exec(store->db, store_upgrades[version], NULL, NULL, NULL) !=
			SQLITE_OK ||
		    sqlite3_exec(store->db, pragma, NULL, NULL, NULL) != SQLITE_OK) {
			store_error(err, store, "upgrade");
			goto fail;
		}
	}
	if (sqlite3_exec(store->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	store_error(err, store, "upgrade");
fail:
	sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

int store_verify(struct err *err, struct store *store)
{
	sqlite3_stmt *stmt = NULL;
	int rc = 0;

	if (sqlite3_prepare_v2(store->db, "PRAGMA quick_check(1)", -1, &stmt, NULL) != SQLITE_OK) {
		rc = store_error(err, store, "check");
	} else if (sqlite3_step(stmt) != SQLITE_ROW) {
		rc = store_error(err, store, "check");
	} else if (strcmp((const char *)sqlite3_column_text(stmt, 0), "ok") != 0) {
		store->broken = 1;
		rc = err_set(err, "%s: %s", store->path, sqlite3_column_text(stmt, 0));
	}
	sqlite3_finalize(stmt);
	return rc;
}

/* Reads a database of moderate size through once: what is damaged is better found now. */
static int store_check(struct err *err, struct store *store)
{
	struct stat st;

	if (stat(store->path, &st) || st.st_size > CHECK_MAX)
		return 0;
	return store_verify(err, store);
}

static struct store *store_open_file(struct err *err, const char *path, int write, int *broken)
{
	struct store *store = calloc(1, sizeof(*store));
	int flags = write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
	struct stat st;
	int version;

	*broken = 0;
	if (!store) {
		err_errno(err, "index");
		return NULL;
	}
	snprintf(store->path, sizeof(store->path), "%s", path);
	if (sqlite3_open_v2(path, &store->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
		store_error(err, store, "open");
		goto fail;
	}
	sqlite3_busy_timeout(store->db, WAIT_MS);
	sqlite3_extended_result_codes(store->db, 1);
	if (write) {
		/* NORMAL: a power cut may lose the last batch, which the journal then tells again. */
		if (sqlite3_exec(store->db,
			"PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;", NULL, NULL,
			NULL) != SQLITE_OK) {
			store_error(err, store, "open");
			goto fail;
		}
		if (store_upgrade(err, store))
			goto fail;
		if (store_check(err, store))
			goto fail;
	} else {
		if (store_pragma_version(err, store, &version))
			goto fail;
		if (version != STORE_VERSION) {
			err_set(err,
			    "%s: version %d, this program reads version %d; start the "
			    "collector or run lastwords reindex",
			    path, version, STORE_VERSION);
			goto fail;
		}
	}
	if (stat(path, &st)) {
		err_errno(err, "%s", path);
		goto fail;
	}
	store->dev = st.st_dev;
	store->ino = st.st_ino;
	return store;
fail:
	*broken = store->broken;
	store_close(store);
	return NULL;
}

/* Renames PATH and its log to PATH.bad-TIME. */
static int store_put_aside(struct err *err, const char *path)
{
	char when[19], from[STATE_PATH_MAX + 8], to[STATE_PATH_MAX + 40];

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

struct store *store_open(struct err *err, const char *state, int write)
{
	char path[STATE_PATH_MAX];
	struct store *store;
	int broken;

	if (state_path(err, state, "index.db", path))
		return NULL;
	if (write && access(path, F_OK) && errno == ENOENT) {
		/* What is left of an index that somebody removed must not be replayed into a new one. */
		char left[STATE_PATH_MAX + 8];

		snprintf(left, sizeof(left), "%s-wal", path);
		unlink(left);
		snprintf(left, sizeof(left), "%s-shm", path);
		unlink(left);
	}
	store = store_open_file(err, path, write, &broken);
	if (store || !write || !broken)
		return store;
	if (store_put_aside(err, path))
		return NULL;
	return store_open_file(err, path, write, &broken);
}

void store_set_wait(struct store *store, int ms)
{
	sqlite3_busy_timeout(store->db, ms);
}

void store_close(struct store *store)
{
	if (!store)
		return;
	for (size_t i = 0; i < SQL_COUNT; i++)
		sqlite3_finalize(store->stmt[i]);
	sqlite3_close(store->db);
	free(store);
}

static int store_simple(struct err *err, struct store *store, enum store_statement which)
{
	sqlite3_stmt *stmt = store_statement(err, store, which);

	return stmt ? store_run(err, store, stmt) : -1;
}

/* 1 if the file on disk still begins as a database does. SQLite itself would go on from its cache
 * while every new reader fails. Read through SQLite's own descriptor: closing another one of the
 * same file would drop its locks. */
static int store_has_header(struct store *store)
{
	static const char magic[16] = "SQLite format 3";
	char head[sizeof(magic)];
	sqlite3_file *file = NULL;

	if (sqlite3_file_control(store->db, "main", SQLITE_FCNTL_FILE_POINTER, &file) !=
		SQLITE_OK ||
	    !file || !file->pMethods)
		return 1;
	return file->pMethods->xRead(file, head, sizeof(head), 0) == SQLITE_OK &&
	       memcmp(head, magic, sizeof(magic)) == 0;
}

int store_begin(struct err *err, struct store *store)
{
	struct stat st;

	if (stat(store->path, &st) || st.st_dev != store->dev || st.st_ino != store->ino) {
		store->broken = 1;
		return err_set(err, "%s: was removed or replaced", store->path);
	}
	if (!store_has_header(store)) {
		store->broken = 1;
		return err_set(err, "%s: was overwritten", store->path);
	}
	return store_simple(err, store, SQL_BEGIN);
}

int store_commit(struct err *err, struct store *store)
{
	return store_simple(err, store, SQL_COMMIT);
}

void store_rollback(struct store *store)
{
	struct err ignored;

	if (!sqlite3_get_autocommit(store->db))
		store_simple(&ignored, store, SQL_ROLLBACK);
}

void store_bind(sqlite3_stmt *stmt, int n, const char *text)
{
	if (text)
		sqlite3_bind_text(stmt, n, text, -1, SQLITE_STATIC);
	else
		sqlite3_bind_null(stmt, n);
}

int store_get_pos(struct err *err, struct store *store, struct journal_pos *pos)
{
	sqlite3_stmt *stmt = store_statement(err, store, SQL_GET_POS);

	memset(pos, 0, sizeof(*pos));
	if (!stmt)
		return -1;
	if (sqlite3_step(stmt) != SQLITE_ROW) {
		store_error(err, store, "read");
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

int store_set_pos(struct err *err, struct store *store, const struct journal_pos *pos)
{
	sqlite3_stmt *stmt = store_statement(err, store, SQL_SET_POS);

	if (!stmt)
		return -1;
	store_bind(stmt, 1, pos->file);
	sqlite3_bind_int64(stmt, 2, pos->offset);
	sqlite3_bind_int64(stmt, 3, (sqlite3_int64)pos->skipped);
	return store_run(err, store, stmt);
}

int store_get_scanned(struct err *err, struct store *store, int *scanned)
{
	sqlite3_stmt *stmt = store_statement(err, store, SQL_GET_SCANNED);

	if (!stmt)
		return -1;
	if (sqlite3_step(stmt) != SQLITE_ROW) {
		store_error(err, store, "read");
		sqlite3_reset(stmt);
		return -1;
	}
	*scanned = sqlite3_column_int(stmt, 0);
	sqlite3_reset(stmt);
	return 0;
}

int store_set_scanned(struct err *err, struct store *store, int scanned)
{
	sqlite3_stmt *stmt = store_statement(err, store, SQL_SET_SCANNED);

	if (!stmt)
		return -1;
	sqlite3_bind_int(stmt, 1, scanned);
	return store_run(err, store, stmt);
}
