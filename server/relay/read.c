/* SPDX-License-Identifier: MIT */
/* read: the engine over the central database; see read.h. It must not write. */
#include "read.h"

#include <stdio.h>

static void read_close(struct db *db)
{
	(void)db; /* the connection is the caller's */
}

static const struct db_engine read_engine = {
    .close = read_close,
    .sessions = read_sessions,
    .list = read_list,
    .machines = read_machines,
    .machine_crashes = read_machine_crashes,
    .session_by_id = read_session_by_id,
    .session_before = read_session_before,
    .crash_rows = read_crash_rows,
    .crash_count = read_crash_count,
    .signatures = read_signatures,
    .groups = read_groups,
    .group_more = read_group_more,
    .recent = read_recent,
    .channels = read_channels,
    .ran = read_ran,
    .ran_crashes = read_ran_crashes,
    .fleet_kinds = read_fleet_kinds,
    .others = read_others,
    .triage = read_triage,
    .events = read_events,
    .events_newest = read_events_newest,
    .merges = read_merges,
};

int read_prepare(struct err *err, struct pq *pq)
{
	char sql[256];

	snprintf(sql, sizeof(sql),
	    "SET search_path = lastwords, pg_temp; SET default_transaction_read_only = on;"
	    " SET statement_timeout = %d; SET jit = off; SET timezone = 'UTC'",
	    READ_STATEMENT_MS);
	return pq_run(err, pq, sql, NULL);
}

struct db *read_open(struct err *err, struct pq *pq)
{
	return db_open_engine(err, &read_engine, pq);
}
