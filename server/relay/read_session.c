/* SPDX-License-Identifier: MIT */
/* read_session: sessions and machines of the central database; see read.h. It must not write. */
#include <stdio.h>
#include <string.h>

#include "read.h"

/* The state that the times give, an enum session_state, as the index has it (store/db_statements.c). */
#define STATE                                                                                      \
	"CASE WHEN s.captured IS NOT NULL THEN 7"                                                  \
	" WHEN s.died IS NOT NULL THEN CASE WHEN s.no_capture IS NOT NULL THEN 6 ELSE 5 END"       \
	" WHEN s.ended IS NOT NULL THEN 8"                                                         \
	" WHEN s.not_armed > coalesce(s.armed, '-infinity') THEN 2"                                \
	" WHEN s.running IS NOT NULL THEN 4 WHEN s.armed IS NOT NULL THEN 3"                       \
	" WHEN s.packets = 0 AND s.stalled IS NOT NULL THEN 1 ELSE 0 END"

#define ADDRESS "coalesce(nullif(s.address, ''), s.boot_address)"
/* engine_session, then the state, then the server. */
#define COLUMNS                                                                                    \
	"SELECT s.id, s.mac, s.product, s.profile, " ADDRESS ", s.serial, s.asset, s.why,"         \
	" c.title, c.class, c.signature, CASE WHEN c.release <> '' THEN c.release ELSE s.kernel"   \
	" END, s.booted, s.armed, s.running, s.died, s.captured, s.ended, s.up, c.by_http,"        \
	" c.by_netconsole, c.by_console, c.by_pstore, s.packets, s.lines, s.bytes, s.lost,"        \
	" s.truncated, s.late, s.duplicates, " STATE ", v.name, v.web"
#define CRASH " LEFT JOIN crash c ON c.session = s.id AND c.booted = s.booted"
#define SERVER " LEFT JOIN server v ON v.n = s.server"
#define NEWEST_FIRST " ORDER BY s.booted DESC, s.id DESC"

static void session_copy(char *to, size_t size, const PGresult *result, int column)
{
	snprintf(to, size, "%s", sql_text(result, column));
}

/* The session's page on its server. */
static void session_url(struct db_session *session, const char *web)
{
	size_t len = strlen(web);

	while (len && web[len - 1] == '/')
		len--;
	session->url[0] = '\0';
	/* (it came from a server) */
	if (strncmp(web, "http://", 7) != 0 && strncmp(web, "https://", 8) != 0)
		return;
	if (len && len < sizeof(session->url) - sizeof(session->id) - 8)
		snprintf(session->url, sizeof(session->url), "%.*s/crash/%s", (int)len, web,
		    session->id);
}

static void session_row(const PGresult *result, struct db_session *session)
{
	int n = 0;

	for (; n < ENGINE_SESSION_COLUMNS; n++) {
		const struct engine_column *column = &engine_session[n];
		void *to = (char *)session + column->at;

		switch (column->kind) {
		case COLUMN_TEXT:
			session_copy(to, column->size, result, n);
			break;
		case COLUMN_TIME:
			*(int64_t *)to = sql_time(result, n);
			break;
		case COLUMN_FLAG:
			*(int *)to = sql_bool(result, n);
			break;
		case COLUMN_COUNT:
			*(uint64_t *)to = (uint64_t)sql_big(result, n);
			break;
		}
	}
	session->state = (enum session_state)sql_big(result, n++);
	session_copy(session->server, sizeof(session->server), result, n++);
	session_url(session, sql_text(result, n));
}

struct session_rows {
	int (*got)(void *arg, const struct db_session *session);
	void *arg;
};

static int session_got(void *arg, const PGresult *result)
{
	struct session_rows *rows = arg;
	struct db_session session;

	session_row(result, &session);
	return rows->got(rows->arg, &session);
}

static long session_each(struct err *err, struct db *db, struct sql *sql,
    int (*got)(void *arg, const struct db_session *session), void *arg)
{
	struct session_rows rows = {got, arg};

	return sql_each(err, engine_data(db), sql, session_got, &rows);
}

/* --- conditions -------------------------------------------------------------------------------------- */

/* How a person may name a session: db_query.like. */
static void session_like(struct sql *sql, const char *like)
{
	char begins[READ_LIKE_MAX], holds[READ_LIKE_MAX];

	sql_like("", like, begins);
	sql_like("%", like, holds);
	sql_add_text(sql, " AND (s.id ILIKE $# OR s.mac ILIKE $#", begins);
	sql_add_text(sql, " OR s.product ILIKE $# OR c.title ILIKE $#", holds);
	sql_add_text(sql, " OR c.signature = lower($#))", like);
}

static void session_times(struct sql *sql, int64_t since_ms, int64_t until_ms)
{
	if (since_ms)
		sql_add_time(sql, " AND s.booted >= $#", since_ms);
	if (until_ms)
		sql_add_time(sql, " AND s.booted <= $#", until_ms);
}

static void session_conditions(struct sql *sql, const struct db_list *list)
{
	session_times(sql, list->since_ms, list->until_ms);
	if (list->mac)
		sql_add_text(sql, " AND s.mac = $#", list->mac);
	if (list->state >= 0)
		sql_add_big(sql, " AND " STATE " = $#", list->state);
	if (list->like)
		session_like(sql, list->like);
}

static void session_part(struct sql *sql, const struct db_list *list)
{
	if (list->limit)
		sql_add_big(sql, " LIMIT $#", list->limit);
	if (list->offset)
		sql_add_big(sql, " OFFSET $#", list->offset);
}

/* --- lists ------------------------------------------------------------------------------------------- */

long read_sessions(struct err *err, struct db *db, const struct db_query *query,
    int (*got)(void *arg, const struct db_session *session), void *arg)
{
	struct sql sql = {.len = 0};

	sql_add(&sql, COLUMNS " FROM session s" CRASH SERVER " WHERE true");
	session_times(&sql, query->since_ms, query->until_ms);
	if (query->crashes_only)
		sql_add(&sql, " AND c.session IS NOT NULL");
	if (query->like)
		session_like(&sql, query->like);
	if (query->newest_only)
		sql_add(&sql, " AND s.id IN (SELECT session FROM machine)");
	if (query->machine)
		sql_add_text(&sql,
		    " AND (lower(s.serial) = lower($#) OR lower(s.asset) = lower($#)"
		    " OR " ADDRESS " = lower($#))",
		    query->machine);
	sql_add_big(&sql, NEWEST_FIRST " LIMIT $#", query->limit > 0 ? query->limit : 1000);
	return session_each(err, db, &sql, got, arg);
}

/* *total by the same conditions. 0/-1. */
static int session_total(
    struct err *err, struct db *db, const char *from, const struct db_list *list, long *total)
{
	struct sql sql = {.len = 0};

	sql_add(&sql, "SELECT count(*) FROM ");
	sql_add(&sql, from);
	/* (a crash is of one session: without a condition for it, it changes no count) */
	sql_add(&sql, list->like ? CRASH " WHERE true" : " WHERE true");
	session_conditions(&sql, list);
	*total = sql_number(err, engine_data(db), &sql);
	return *total < 0 ? -1 : 0;
}

long read_list(struct err *err, struct db *db, const struct db_list *list, long *total,
    int (*got)(void *arg, const struct db_session *session), void *arg)
{
	struct sql sql = {.len = 0};

	if (total && session_total(err, db, "session s", list, total))
		return -1;
	sql_add(&sql, COLUMNS " FROM session s" CRASH SERVER " WHERE true");
	session_conditions(&sql, list);
	sql_add(&sql, NEWEST_FIRST);
	session_part(&sql, list);
	sql.whole = list->limit || list->mac;
	return session_each(err, db, &sql, got, arg);
}

#define MACHINES "machine m JOIN session s ON s.id = m.session AND s.booted = m.booted"

long read_machines(struct err *err, struct db *db, const struct db_list *list, long *total,
    int (*got)(void *arg, const struct db_session *session), void *arg)
{
	struct sql sql = {.len = 0};

	if (total && session_total(err, db, MACHINES, list, total))
		return -1;
	sql_add(&sql, COLUMNS " FROM " MACHINES CRASH SERVER " WHERE true");
	session_conditions(&sql, list);
	sql_add(&sql, " ORDER BY m.mac COLLATE \"C\"");
	session_part(&sql, list);
	sql.whole = list->limit != 0;
	return session_each(err, db, &sql, got, arg);
}

long read_machine_crashes(struct err *err, struct db *db, const char *mac)
{
	struct sql sql = {.len = 0};

	sql_add_text(&sql, "SELECT count(*) FROM crash WHERE mac = $#", mac);
	return sql_number(err, engine_data(db), &sql);
}

/* --- one --------------------------------------------------------------------------------------------- */

static int session_copy_row(void *arg, const struct db_session *session)
{
	memcpy(arg, session, sizeof(*session));
	return 0;
}

int read_session_by_id(struct err *err, struct db *db, const char *id, struct db_session *session)
{
	struct sql sql = {.len = 0};
	struct session parsed;
	struct err ignored;

	if (session_parse(&ignored, id, strlen(id), &parsed))
		return 0;
	sql_add_text(&sql, COLUMNS " FROM session s" CRASH SERVER " WHERE s.id = $#", id);
	sql_add_time(&sql, " AND s.booted = $#", parsed.time_ms);
	return (int)session_each(err, db, &sql, session_copy_row, session);
}

static int session_got_id(void *arg, const PGresult *result)
{
	session_copy(arg, SESSION_ID_MAX + 1, result, 0);
	return 0;
}

int read_session_before(
    struct err *err, struct db *db, const struct session *session, char id[SESSION_ID_MAX + 1])
{
	struct sql sql = {.len = 0};
	char mac[18];

	mac_format(session->mac, mac);
	sql_add_text(&sql, "SELECT s.id FROM session s WHERE s.mac = $#", mac);
	sql_add_time(&sql, " AND s.booted < $#" NEWEST_FIRST " LIMIT 1", session->time_ms);
	return (int)sql_each(err, engine_data(db), &sql, session_got_id, id);
}
