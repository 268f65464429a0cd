/* SPDX-License-Identifier: MIT */
/*
 * db: the index's file, its transactions and the journal position; see db.h. It must hold nothing that
 * cannot be made again from the journal and the session files.
 */
#include "db_schema.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

#define DB_NAME "index.db"
enum { WAIT_MS = 2000, CHECK_MAX = 32 << 20 };

int db_broken(const struct db *db)
{
	return db->broken;
}

/* --- the file -------------------------------------------------------------------------------------- */

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

	if (db_functions(err, db))
		return -1;
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

	/* Pages are read where the kernel has them, instead of a system call and a copy of each: a third of the time of
	 * a query of many rows. (Writers append to the log next to the file, or replace pages; nothing shortens it.) */
	if (db_exec(err, db, "PRAGMA mmap_size = 1073741824", "open"))
		return -1;
	if (db_version(err, db, &version))
		return -1;
	if (version != db_version_max)
		return err_set(err,
		    "%s: version %d, this program reads version %d; start the collector or run lastwords reindex",
		    db->path, version, db_version_max);
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
	db->engine = &db_index_engine;
	snprintf(db->path, sizeof(db->path), "%s", path);
	db->writes = write;
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
	if (!write && access(path, F_OK) && errno == ENOENT) {
		err_set(err, "%s: no index yet; `lastwords serve` makes it when it starts", state);
		return NULL;
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
	if (db->sqlite)
		sqlite3_busy_timeout(db->sqlite, ms);
}

/* 1 if the path still names the file that was opened. */
static int db_is_there(const struct db *db)
{
	struct stat st;

	return stat(db->path, &st) == 0 && st.st_dev == db->dev && st.st_ino == db->ino;
}

void index_close(struct db *db)
{
	struct err ignored;

	for (size_t i = 0; i < SQL_COUNT; i++)
		sqlite3_finalize(db->stmt[i]);
	sqlite3_close(db->sqlite);
	/* Not all damage is found when a file is opened, so the next writer would take the same one again. */
	if (db->writes && db->corrupt && db_is_there(db))
		db_put_aside(&ignored, db->path);
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
	if (!db_is_there(db)) {
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
