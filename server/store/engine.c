/* SPDX-License-Identifier: MIT */
/* engine: the reading functions of db.h, by the engine that a db has; see engine.h. It must not know of what they read. */
#include "engine.h"

#include <stddef.h>
#include <stdlib.h>

#include "db_sql.h"

struct db *db_open_engine(struct err *err, const struct db_engine *engine, void *data)
{
	struct db *db = calloc(1, sizeof(*db));

	if (!db) {
		err_set(err, "out of memory");
		return NULL;
	}
	db->engine = engine;
	db->data = data;
	return db;
}

void *engine_data(const struct db *db)
{
	return db->data;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	db->engine->close(db);
	free(db);
}

/* --- the index --------------------------------------------------------------------------------------- */

const struct db_engine db_index_engine = {
    .close = index_close,
    .sessions = index_sessions,
    .list = index_list,
    .machines = index_machines,
    .fleet = index_fleet,
    .machine_crashes = index_machine_crashes,
    .session_by_id = index_session_by_id,
    .session_before = index_session_before,
    .crash_rows = index_crash_rows,
    .crash_facts = index_crash_facts,
    .crash_count = index_crash_count,
    .signatures = index_signatures,
    .channels = index_channels,
    .exposure = index_exposure,
    .pruned_crashes = index_pruned_crashes,
    .triage = index_triage,
    .events = index_events,
    .events_newest = index_events_newest,
    .merges = index_merges,
};

/* --- db.h -------------------------------------------------------------------------------------------- */

long db_sessions(struct err *err, struct db *db, const struct db_query *query,
    int (*got)(void *arg, const struct db_session *session), void *arg)
{
	return db->engine->sessions(err, db, query, got, arg);
}

long db_list(struct err *err, struct db *db, const struct db_list *list, long *total,
    int (*got)(void *arg, const struct db_session *session), void *arg)
{
	return db->engine->list(err, db, list, total, got, arg);
}

long db_machines(struct err *err, struct db *db, const struct db_list *list, long *total,
    int (*got)(void *arg, const struct db_session *session), void *arg)
{
	return db->engine->machines(err, db, list, total, got, arg);
}

/* A machine of db_machines as db_fleet has it. */
struct engine_fleet {
	int (*got)(void *arg, const struct db_fleet *machine);
	void *arg;
};

static int engine_machine(void *arg, const struct db_session *session)
{
	const struct engine_fleet *to = arg;
	const struct db_fleet machine = {.mac = session->mac,
	    .why = session->why,
	    .state = session->state,
	    .requested_ms = session->requested_ms,
	    .armed_ms = session->armed_ms};

	return to->got(to->arg, &machine);
}

long db_fleet(struct err *err, struct db *db, int (*got)(void *arg, const struct db_fleet *machine),
    void *arg)
{
	const struct db_list all = {.state = DB_ANY_STATE};
	struct engine_fleet to = {.got = got, .arg = arg};

	return db->engine->fleet ? db->engine->fleet(err, db, got, arg)
				 : db->engine->machines(err, db, &all, NULL, engine_machine, &to);
}

long db_machine_crashes(struct err *err, struct db *db, const char *mac)
{
	return db->engine->machine_crashes(err, db, mac);
}

int db_session_by_id(struct err *err, struct db *db, const char *id, struct db_session *session)
{
	return db->engine->session_by_id(err, db, id, session);
}

int db_session_before(
    struct err *err, struct db *db, const struct session *session, char id[SESSION_ID_MAX + 1])
{
	return db->engine->session_before(err, db, session, id);
}

long db_crash_rows(struct err *err, struct db *db, const struct db_crash_filter *filter,
    int (*got)(void *arg, const struct db_crash_row *row), void *arg)
{
	return db->engine->crash_rows(err, db, filter, got, arg);
}

long db_crash_facts(struct err *err, struct db *db,
    int (*got)(void *arg, const struct db_crash_row *row), void *arg)
{
	const struct db_crash_filter all = {.since_ms = 0};

	return db->engine->crash_facts ? db->engine->crash_facts(err, db, got, arg)
				       : db->engine->crash_rows(err, db, &all, got, arg);
}

long db_crash_count(struct err *err, struct db *db, const struct db_crash_filter *filter)
{
	return db->engine->crash_count(err, db, filter);
}

long db_signatures(struct err *err, struct db *db,
    int (*got)(void *arg, const char *signature, int64_t first_ms), void *arg)
{
	return db->engine->signatures(err, db, got, arg);
}

int db_has_groups(const struct db *db)
{
	return db->engine->groups != NULL;
}

long db_groups(struct err *err, struct db *db, const char *const *signatures, int count,
    int64_t now_ms, int (*got)(void *arg, const struct db_group *group), void *arg)
{
	return db->engine->groups(err, db, signatures, count, now_ms, got, arg);
}

int db_group_more(struct err *err, struct db *db, const struct db_group_more *more)
{
	return db->engine->group_more(err, db, more);
}

long db_recent(struct err *err, struct db *db, int64_t since_ms, int64_t split_ms,
    int (*got)(void *arg, const char *signature, long before, long recent), void *arg)
{
	return db->engine->recent(err, db, since_ms, split_ms, got, arg);
}

int db_channels(struct err *err, struct db *db, int64_t since_ms, struct db_channels *channels)
{
	return db->engine->channels(err, db, since_ms, channels);
}

long db_exposure(struct err *err, struct db *db,
    int (*got)(void *arg, const struct db_exposure *exposure), void *arg)
{
	return db->engine->exposure(err, db, got, arg);
}

int db_has_sums(const struct db *db)
{
	return db->engine->ran != NULL;
}

long db_ran(struct err *err, struct db *db, const struct db_ran *ran,
    int (*got)(void *arg, const char *value, int64_t ms, long machines), void *arg)
{
	return db->engine->ran(err, db, ran, got, arg);
}

long db_ran_crashes(struct err *err, struct db *db, const struct db_crash_filter *filter,
    const char *release, enum db_by by, int (*got)(void *arg, const char *value, long crashes),
    void *arg)
{
	return db->engine->ran_crashes(err, db, filter, release, by, got, arg);
}

long db_fleet_kinds(struct err *err, struct db *db, int64_t now_ms,
    int (*got)(void *arg, const struct db_fleet_kind *kind), void *arg)
{
	return db->engine->fleet_kinds(err, db, now_ms, got, arg);
}

int db_others(struct err *err, struct db *db, const char *const *signatures, int count,
    struct db_others *others)
{
	return db->engine->others(err, db, signatures, count, others);
}

long db_pruned_crashes(struct err *err, struct db *db,
    int (*got)(void *arg, const struct db_pruned_crash *crash), void *arg)
{
	return db->engine->pruned_crashes ? db->engine->pruned_crashes(err, db, got, arg) : 0;
}

long db_triage(struct err *err, struct db *db,
    int (*got)(void *arg, const struct db_triage *triage), void *arg)
{
	return db->engine->triage(err, db, got, arg);
}

long db_events(struct err *err, struct db *db, const char *session,
    int (*got)(void *arg, int64_t time_ms, const char *event, const char *text), void *arg)
{
	return db->engine->events(err, db, session, got, arg);
}

long db_events_newest(struct err *err, struct db *db, const char *event, int64_t until_ms,
    int limit,
    int (*got)(
	void *arg, int64_t time_ms, const char *event, const char *session, const char *text),
    void *arg)
{
	return db->engine->events_newest(err, db, event, until_ms, limit, got, arg);
}

long db_merges(struct err *err, struct db *db)
{
	return db->engine->merges(err, db);
}

#define COLUMN(kind, member)                                                                       \
	{                                                                                          \
		COLUMN_##kind, offsetof(struct db_session, member),                                \
		    sizeof(((struct db_session *)NULL)->member)                                    \
	}

const struct engine_column engine_session[ENGINE_SESSION_COLUMNS] = {
    COLUMN(TEXT, id),
    COLUMN(TEXT, mac),
    COLUMN(TEXT, product),
    COLUMN(TEXT, profile),
    COLUMN(TEXT, address),
    COLUMN(TEXT, serial),
    COLUMN(TEXT, asset),
    COLUMN(TEXT, why),
    COLUMN(TEXT, title),
    COLUMN(TEXT, class),
    COLUMN(TEXT, signature),
    COLUMN(TEXT, release),
    COLUMN(TIME, requested_ms),
    COLUMN(TIME, armed_ms),
    COLUMN(TIME, running_ms),
    COLUMN(TIME, died_ms),
    COLUMN(TIME, captured_ms),
    COLUMN(TIME, ended_ms),
    COLUMN(TIME, up_ms),
    COLUMN(FLAG, by_http),
    COLUMN(FLAG, by_netconsole),
    COLUMN(FLAG, by_console),
    COLUMN(FLAG, by_pstore),
    COLUMN(COUNT, stream.packets),
    COLUMN(COUNT, stream.lines),
    COLUMN(COUNT, stream.bytes),
    COLUMN(COUNT, stream.lost),
    COLUMN(COUNT, stream.truncated),
    COLUMN(COUNT, stream.late),
    COLUMN(COUNT, stream.duplicates),
};
