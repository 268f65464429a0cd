/* SPDX-License-Identifier: MIT */
/*
 * crash_fields: the fields of one crash, or of a session without one, in one place: for the pages, `--json`, the
 * hook program's standard input and `lastwords export`.
 *
 * Always there: session, mac, profile, booted (RFC 3339, UTC), class, function, title, signature, severity ("" where
 * there is no report), corrupted. Only where known: time (of the death, or when it became known), state, channels
 * ("http+netconsole"), product, address, release, build_id, task, pid, cpu, taint, hardware, modules, rip, uptime
 * (seconds). With QUERY_PATHS also dmesg, netconsole, console and autopsy: absolute paths of the files that are
 * there. It must not read the index.
 */
#ifndef LASTWORDS_QUERY_CRASH_FIELDS_H
#define LASTWORDS_QUERY_CRASH_FIELDS_H

#include <jansson.h>

#include "base/err.h"
#include "query.h"
#include "report/report.h"
#include "session/session.h"
#include "store/db.h"

enum { QUERY_PATHS = 1 };

/*
 * Adds the fields to an object. known: the index's row, NULL: without it state, channels, time, product and address
 * are unknown. dir: the session's directory, for the paths. 0, or -1 out of memory.
 */
int query_crash_add(json_t *object, const struct session *session, const struct report *report,
    const struct db_session *known, const char *dir, int flags);

/*
 * The same from the index's row and the session's record.meta (record/record.h), which has more of the report;
 * without one only from the index. A new object, or NULL: out of memory, or an invalid session id, or its files could
 * not be had.
 */
json_t *query_crash_object(
    struct err *err, const struct query *query, const struct db_session *known);

/* The report of a session's record.meta, or what the index has of it. */
void query_crash_report(const char *dir, const struct db_session *known, struct report *report);

/* "server" and "url" of a session from the central database. */
void query_crash_server(json_t *object, const struct db_session *known);
/* The channels that have the crash: "http", "netconsole", "console", "pstore", joined by "+"; or "". */
const char *query_crash_channels(const struct db_session *known);
/* When the machine died, or else when its log came; 0: it has no crash. */
int64_t query_crash_time(const struct db_session *known);

#endif
