/* SPDX-License-Identifier: MIT */
/*
 * read_ran: for how long machines ran, from the sums of the central database (schema/003.sql: ran); see read.h.
 * Only runs of a machine and kind that are partly outside of the window are read one by one. It must not write.
 */
#include "read.h"

struct ran_rows {
	int (*got)(void *arg, const char *value, int64_t ms, long machines);
	void *arg;
};

static int ran_row(void *arg, const PGresult *result)
{
	const struct ran_rows *rows = arg;

	return rows->got(rows->arg, sql_null(result, 0) ? NULL : sql_text(result, 0),
	    sql_big(result, 1), (long)sql_big(result, 2));
}

/* $1 is the window's begin, $2 its end. */
static void ran_window(struct sql *sql, int64_t since_ms, int64_t until_ms)
{
	sql_add_time(sql, "", since_ms > 0 ? since_ms : 1);
	sql_add_time(sql, "", until_ms);
}

static void ran_conditions(struct sql *sql, const struct db_ran *ran)
{
	if (ran->mac && *ran->mac)
		sql_add_text(sql, " AND starts_with(mac, $#)", ran->mac);
	if (ran->release && *ran->release)
		sql_add_text(sql, " AND lower(kernel) = lower($#)", ran->release);
	if (ran->product && *ran->product)
		sql_add_text(sql, " AND lower(product) = lower($#)", ran->product);
	if (ran->profile && *ran->profile)
		sql_add_text(sql, " AND lower(profile) = lower($#)", ran->profile);
}

long read_ran(struct err *err, struct db *db, const struct db_ran *ran,
    int (*got)(void *arg, const char *value, int64_t ms, long machines), void *arg)
{
	struct ran_rows rows = {got, arg};
	struct sql sql = {.len = 0};

	/* (conditions on ran itself, so that its statistics tell how few are read one by one) */
	ran_window(&sql, ran->since_ms, ran->until_ms);
	sql_add(&sql, "WITH each AS (SELECT mac, kernel, product, profile,"
		      " ms + open * ms_of($2) AS ms FROM ran"
		      " WHERE first >= $1 AND latest <= $2");
	ran_conditions(&sql, ran);
	sql_add(&sql,
	    " UNION ALL SELECT mac, kernel, product, profile,"
	    " ms_of(least(gone, $2)) - ms_of(greatest(up, $1))"
	    " FROM ran JOIN run USING (mac, kernel, product, profile)"
	    " WHERE (first < $1 OR latest > $2) AND first < $2 AND (open > 0 OR latest > $1)"
	    " AND up < $2 AND (gone IS NULL OR gone > $1)");
	ran_conditions(&sql, ran);
	sql_add(&sql, "), m AS (SELECT mac, ");
	sql_add(&sql, sql_by(ran->by));
	sql_add(&sql, " AS value, sum(ms) AS ms FROM each WHERE ms > 0 GROUP BY 1, 2)"
		      " SELECT value, sum(ms)::bigint, count(*) FROM m GROUP BY 1"
		      " UNION ALL SELECT NULL, coalesce(sum(ms), 0)::bigint, count(DISTINCT mac)"
		      " FROM m");
	return sql_each(err, engine_data(db), &sql, ran_row, &rows);
}

/* --- the fleet --------------------------------------------------------------------------------------- */

struct kind_rows {
	int (*got)(void *arg, const struct db_fleet_kind *kind);
	void *arg;
};

static int kind_row(void *arg, const PGresult *result)
{
	const struct kind_rows *rows = arg;
	const struct db_fleet_kind kind = {.kernel = sql_text(result, 0),
	    .product = sql_text(result, 1),
	    .profile = sql_text(result, 2),
	    .machines = (long)sql_big(result, 3),
	    .days = sql_double(result, 4),
	    .days_squared = sql_double(result, 5)};

	return rows->got(rows->arg, &kind);
}

long read_fleet_kinds(struct err *err, struct db *db, int64_t now_ms,
    int (*got)(void *arg, const struct db_fleet_kind *kind), void *arg)
{
	struct kind_rows rows = {got, arg};
	struct sql sql = {.len = 0};

	sql_add_time(&sql, "", now_ms);
	sql_add(&sql, "WITH each AS (SELECT mac, kernel, product, profile, last,"
		      " ms + open * ms_of($1) AS ms FROM ran WHERE latest <= $1"
		      " UNION ALL SELECT mac, kernel, product, profile, max(up),"
		      " sum(greatest(0, ms_of(least(gone, $1)) - ms_of(up)))::bigint"
		      " FROM ran JOIN run USING (mac, kernel, product, profile)"
		      " WHERE latest > $1 GROUP BY 1, 2, 3, 4),"
		      " m AS (SELECT DISTINCT ON (mac) kernel, product, profile,"
		      " (sum(ms) OVER (PARTITION BY mac))::double precision / 86400000 AS days"
		      " FROM each ORDER BY mac, last DESC)"
		      " SELECT kernel, product, profile, count(*), sum(days), sum(days * days)"
		      " FROM m GROUP BY 1, 2, 3");
	return sql_each(err, engine_data(db), &sql, kind_row, &rows);
}
