/* SPDX-License-Identifier: MIT */
/*
 * engine: where the reading functions of db.h read. The index is SQLite's (db_read.c, db_list.c, db_crash.c …); the
 * central database has an engine of its own (server/relay). Private to engines: everything else calls db.h.
 *
 * Each member does what the function db_MEMBER of db.h says, and gets the same db: engine_data(db) is its own. An
 * engine is for reading only: what db.h has for writing fails on it.
 */
#ifndef LASTWORDS_STORE_ENGINE_H
#define LASTWORDS_STORE_ENGINE_H

#include "db.h"

struct db_engine {
	void (*close)(struct db *db);

	long (*sessions)(struct err *err, struct db *db, const struct db_query *query,
	    int (*got)(void *arg, const struct db_session *session), void *arg);
	long (*list)(struct err *err, struct db *db, const struct db_list *list, long *total,
	    int (*got)(void *arg, const struct db_session *session), void *arg);
	long (*machines)(struct err *err, struct db *db, const struct db_list *list, long *total,
	    int (*got)(void *arg, const struct db_session *session), void *arg);
	long (*fleet)(struct err *err, struct db *db,
	    int (*got)(void *arg, const struct db_fleet *machine), void *arg);
	long (*machine_crashes)(struct err *err, struct db *db, const char *mac);
	int (*session_by_id)(
	    struct err *err, struct db *db, const char *id, struct db_session *session);
	int (*session_before)(struct err *err, struct db *db, const struct session *session,
	    char id[SESSION_ID_MAX + 1]);

	long (*crash_rows)(struct err *err, struct db *db, const struct db_crash_filter *filter,
	    int (*got)(void *arg, const struct db_crash_row *row), void *arg);
	long (*crash_facts)(struct err *err, struct db *db,
	    int (*got)(void *arg, const struct db_crash_row *row), void *arg);
	long (*crash_count)(struct err *err, struct db *db, const struct db_crash_filter *filter);
	long (*signatures)(struct err *err, struct db *db,
	    int (*got)(void *arg, const char *signature, int64_t first_ms), void *arg);
	/* (NULL, and group_more, and recent: the engine counts no groups) */
	long (*groups)(struct err *err, struct db *db, const char *const *signatures, int count,
	    int64_t now_ms, int (*got)(void *arg, const struct db_group *group), void *arg);
	int (*group_more)(struct err *err, struct db *db, const struct db_group_more *more);
	long (*recent)(struct err *err, struct db *db, int64_t since_ms, int64_t split_ms,
	    int (*got)(void *arg, const char *signature, long before, long recent), void *arg);
	int (*channels)(
	    struct err *err, struct db *db, int64_t since_ms, struct db_channels *channels);
	long (*exposure)(struct err *err, struct db *db,
	    int (*got)(void *arg, const struct db_exposure *exposure), void *arg);
	/* (exposure NULL: these are there; else they are not) */
	long (*ran)(struct err *err, struct db *db, const struct db_ran *ran,
	    int (*got)(void *arg, const char *value, int64_t ms, long machines), void *arg);
	long (*ran_crashes)(struct err *err, struct db *db, const struct db_crash_filter *filter,
	    const char *release, enum db_by by,
	    int (*got)(void *arg, const char *value, long crashes), void *arg);
	long (*fleet_kinds)(struct err *err, struct db *db, int64_t now_ms,
	    int (*got)(void *arg, const struct db_fleet_kind *kind), void *arg);
	int (*others)(struct err *err, struct db *db, const char *const *signatures, int count,
	    struct db_others *others);
	long (*pruned_crashes)(struct err *err, struct db *db,
	    int (*got)(void *arg, const struct db_pruned_crash *crash), void *arg);
	long (*triage)(struct err *err, struct db *db,
	    int (*got)(void *arg, const struct db_triage *triage), void *arg);

	long (*events)(struct err *err, struct db *db, const char *session,
	    int (*got)(void *arg, int64_t time_ms, const char *event, const char *text), void *arg);
	long (*events_newest)(struct err *err, struct db *db, const char *event, int64_t until_ms,
	    int limit,
	    int (*got)(void *arg, int64_t time_ms, const char *event, const char *session,
		const char *text),
	    void *arg);
	long (*merges)(struct err *err, struct db *db);
};

/* A db that reads by engine, which owns data from now on: db_close calls engine->close. NULL: no memory, and data
 * is still the caller's. */
struct db *db_open_engine(struct err *err, const struct db_engine *engine, void *data);
void *engine_data(const struct db *db);

/* A session's row: these columns, in this order, and then its state. Each engine's statements have them so. */
struct engine_column {
	enum { COLUMN_TEXT, COLUMN_TIME, COLUMN_FLAG, COLUMN_COUNT } kind;
	size_t at, size; /* of the member of struct db_session: char[], int64_t, int, uint64_t */
};
enum { ENGINE_SESSION_COLUMNS = 30 };
extern const struct engine_column engine_session[ENGINE_SESSION_COLUMNS];

#endif
