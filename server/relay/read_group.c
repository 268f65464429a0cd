/* SPDX-License-Identifier: MIT */
/* read_group: crashes by signature, from the summaries of the central database; see read.h. It must not write. */
#include <stdio.h>

#include "base/clock.h"
#include "read.h"

#define READ_DAY_MS 86400000LL

/* --- groups ------------------------------------------------------------------------------------------ */

struct group_rows {
	int (*got)(void *arg, const struct db_group *group);
	void *arg;
};

static int group_row(void *arg, const PGresult *result)
{
	const struct group_rows *rows = arg;
	const struct db_group group = {.signature = sql_text(result, 0),
	    .title = sql_text(result, 1),
	    .class = sql_text(result, 2),
	    .function = sql_text(result, 3),
	    .newest = sql_text(result, 4),
	    .count = (long)sql_big(result, 5),
	    .machines = (long)sql_big(result, 6),
	    .releases = (long)sql_big(result, 7),
	    .first_ms = sql_time(result, 8),
	    .last_ms = sql_time(result, 9),
	    .impact = sql_double(result, 10)};

	return rows->got(rows->arg, &group);
}

/* (an unknown release does not count as one) */
static void groups_all(struct sql *sql, int64_t now_ms)
{
	sql_add_time(sql,
	    "SELECT g.signature, g.title, g.class, g.function, g.newest, g.count, g.machines,"
	    " g.release_count - (r.signature IS NOT NULL)::int, g.first, g.last,"
	    " g.impact / weight($#) FROM crash_group g"
	    " LEFT JOIN group_release r ON r.signature = g.signature AND r.release = ''",
	    now_ms);
}

/* A machine that has crashes of several of them is one. */
static void groups_as_one(struct sql *sql, const char *const *signatures, int count, int64_t now_ms)
{
	sql_add_texts(
	    sql, "WITH s AS (SELECT unnest($#::text[]) AS signature),", signatures, count);
	sql_add(sql,
	    " g AS (SELECT g.* FROM crash_group g JOIN s USING (signature)),"
	    " m AS (SELECT mac, max(last) AS last FROM group_machine JOIN s USING (signature)"
	    " GROUP BY mac)");
	sql_add_text(sql,
	    " SELECT $#, n.title, n.class, n.function,"
	    " (SELECT newest FROM g ORDER BY last DESC LIMIT 1),"
	    " (SELECT sum(count)::bigint FROM g), (SELECT count(*) FROM m),"
	    " (SELECT count(DISTINCT release) FROM group_release JOIN s USING (signature)"
	    " WHERE release <> ''), (SELECT min(first) FROM g), (SELECT max(last) FROM g),",
	    signatures[0]);
	sql_add_time(sql, " (SELECT sum(weight(last)) FROM m) / weight($#)", now_ms);
	sql_add_text(sql,
	    " FROM (SELECT * FROM g ORDER BY (signature = $#) DESC, last DESC LIMIT 1) n",
	    signatures[0]);
}

long read_groups(struct err *err, struct db *db, const char *const *signatures, int count,
    int64_t now_ms, int (*got)(void *arg, const struct db_group *group), void *arg)
{
	struct group_rows rows = {got, arg};
	struct sql sql = {.whole = 1};

	if (count)
		groups_as_one(&sql, signatures, count, now_ms);
	else
		groups_all(&sql, now_ms);
	return sql_each(err, engine_data(db), &sql, group_row, &rows);
}

/* --- more of some ------------------------------------------------------------------------------------ */

static int group_release(void *arg, const PGresult *result)
{
	const struct db_group_more *more = arg;

	more->release(more->arg, (int)sql_big(result, 0), sql_text(result, 1));
	return 0;
}

static int group_day(void *arg, const PGresult *result)
{
	const struct db_group_more *more = arg;

	more->day(
	    more->arg, (int)sql_big(result, 0), (int)sql_big(result, 1), (long)sql_big(result, 2));
	return 0;
}

/* "WITH s": each signature, and the number of its group. */
static void group_keys(struct sql *sql, const struct db_group_more *more)
{
	char number[16];

	sql_add_texts(
	    sql, "WITH s AS (SELECT * FROM unnest($#::text[], '{", more->signatures, more->count);
	for (int i = 0; i < more->count; i++) {
		snprintf(number, sizeof(number), "%s%d", i ? "," : "", more->of[i]);
		sql_add(sql, number);
	}
	sql_add(sql, "}'::int[]) AS s (signature, of))");
}

int read_group_more(struct err *err, struct db *db, const struct db_group_more *more)
{
	struct db_group_more taker = *more;
	struct sql releases = {.len = 0}, days = {.len = 0};
	char today[25];

	group_keys(&releases, more);
	sql_add(&releases, " SELECT s.of, r.release FROM s JOIN group_release r USING (signature)"
			   " WHERE r.release <> '' GROUP BY 1, 2 ORDER BY 1, max(r.last) DESC");
	if (sql_each(err, engine_data(db), &releases, group_release, &taker) < 0)
		return -1;
	clock_format(more->now_ms, today);
	today[10] = '\0';
	group_keys(&days, more);
	sql_add_text(&days,
	    " SELECT s.of, $#::text::date - d.day, sum(d.count)::bigint"
	    " FROM s JOIN group_day d USING (signature) WHERE d.day <= $#::text::date",
	    today);
	sql_add_text(&days, " AND d.day > $#::text::date", today);
	sql_add_big(&days, " - $#::int GROUP BY 1, 2", more->days);
	return sql_each(err, engine_data(db), &days, group_day, &taker) < 0 ? -1 : 0;
}

/* --- all others -------------------------------------------------------------------------------------- */

static int other_counts(void *arg, const PGresult *result)
{
	struct db_others *others = arg;

	others->crashes = (long)sql_big(result, 0);
	others->machines = (long)sql_big(result, 1);
	return 0;
}

static int other_value(void *arg, const PGresult *result)
{
	const struct db_others *others = arg;

	return others->got(
	    others->arg, sql_text(result, 0), sql_text(result, 1), (long)sql_big(result, 2));
}

int read_others(struct err *err, struct db *db, const char *const *signatures, int count,
    struct db_others *others)
{
	struct sql counts = {.len = 0}, values = {.len = 0};

	sql_add_texts(&counts,
	    "SELECT (SELECT coalesce(sum(count), 0)::bigint FROM crash_group"
	    " WHERE signature <> ALL ($#::text[])), (SELECT count(*) FROM (SELECT FROM group_machine"
	    " WHERE signature <> ALL ($#::text[]) GROUP BY mac) m)",
	    signatures, count);
	if (sql_each(err, engine_data(db), &counts, other_counts, others) < 0)
		return -1;
	sql_add_texts(&values,
	    "SELECT field, value, sum(v.count)::bigint FROM (SELECT DISTINCT field, value"
	    " FROM group_value WHERE signature = ANY ($#::text[])) own"
	    " JOIN group_value v USING (field, value) WHERE v.signature <> ALL ($#::text[])"
	    " GROUP BY 1, 2",
	    signatures, count);
	return sql_each(err, engine_data(db), &values, other_value, others) < 0 ? -1 : 0;
}

/* --- those of the last days -------------------------------------------------------------------------- */

struct recent_rows {
	int (*got)(void *arg, const char *signature, long before, long recent);
	void *arg;
};

static int recent_row(void *arg, const PGresult *result)
{
	const struct recent_rows *rows = arg;

	return rows->got(
	    rows->arg, sql_text(result, 0), (long)sql_big(result, 1), (long)sql_big(result, 2));
}

/* Whole days are of the summaries; the days in which the times are, of the crashes. */
long read_recent(struct err *err, struct db *db, int64_t since_ms, int64_t split_ms,
    int (*got)(void *arg, const char *signature, long before, long recent), void *arg)
{
	struct recent_rows rows = {got, arg};
	int64_t since_end = since_ms - since_ms % READ_DAY_MS + READ_DAY_MS;
	int64_t split_day = split_ms - split_ms % READ_DAY_MS, split_end = split_day + READ_DAY_MS;
	struct sql sql = {.len = 0};

	sql_add_time(&sql,
	    "SELECT signature, sum(before)::bigint, sum(recent)::bigint FROM ("
	    "SELECT signature, count AS before, 0 AS recent FROM group_day"
	    " WHERE day >= ($# AT TIME ZONE 'UTC')::date",
	    since_end);
	sql_add_time(&sql, " AND day < ($# AT TIME ZONE 'UTC')::date", split_day);
	sql_add_time(&sql,
	    " UNION ALL SELECT signature, 0, count FROM group_day"
	    " WHERE day >= ($# AT TIME ZONE 'UTC')::date",
	    split_end);
	sql_add_time(
	    &sql, " UNION ALL SELECT signature, 1, 0 FROM crash WHERE time >= $#", since_ms);
	sql_add_time(&sql, " AND time < $#", since_end);
	sql_add_time(
	    &sql, " UNION ALL SELECT signature, 1, 0 FROM crash WHERE time >= $#", split_day);
	sql_add_time(&sql, " AND time < $#", split_ms);
	sql_add_time(
	    &sql, " UNION ALL SELECT signature, 0, 1 FROM crash WHERE time >= $#", split_ms);
	sql_add_time(&sql, " AND time < $#) AS each GROUP BY 1", split_end);
	return sql_each(err, engine_data(db), &sql, recent_row, &rows);
}
