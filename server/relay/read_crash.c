/* SPDX-License-Identifier: MIT */
/* read_crash: crashes of the central database, their search, and their groups; see read.h. It must not write. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "read.h"
#include "store/words.h"

/* In the order in which crash_row() reads them. */
#define COLUMNS                                                                                    \
	"SELECT session, mac, signature, title, class, function, release, profile, product,"       \
	" kernel, taint, hardware, modules, task, severity, time, booted, up, cpu"

static void crash_row(const PGresult *result, struct db_crash_row *row)
{
	const char **const texts[] = {&row->session, &row->mac, &row->signature, &row->title,
	    &row->class, &row->function, &row->release, &row->profile, &row->product, &row->kernel,
	    &row->taint, &row->hardware, &row->modules, &row->task, &row->severity};
	int n = 0;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		*texts[i] = sql_text(result, n++);
	row->time_ms = sql_time(result, n);
	row->booted_ms = sql_time(result, n + 1);
	row->up_ms = sql_time(result, n + 2);
	row->cpu = (int)sql_big(result, n + 3);
}

/* --- conditions -------------------------------------------------------------------------------------- */

/* The words of a search; sql has what comes before. 0/-1. */
static int crash_search(struct err *err, struct sql *sql, const char *search)
{
	char words[4 * DB_LETTERS_MAX];

	if (words_query(err, search, words, sizeof(words)))
		return -1;
	if (words[0])
		sql_add_text(sql, " AND words @@ $#::tsquery", words);
	return 0;
}

/* Each letter is one of the flags. */
static void crash_taint(struct sql *sql, const char *letters)
{
	for (; *letters; letters++) {
		const char flag[2] = {(char)toupper((unsigned char)*letters), '\0'};

		sql_add_text(sql, " AND strpos(taint, $#) > 0", flag);
	}
}

static int crash_conditions(struct err *err, struct sql *sql, const struct db_crash_filter *filter)
{
	const struct {
		const char *value, *text;
	} texts[] = {
	    {filter->machine, " AND starts_with(mac, lower($#))"},
	    {filter->release, " AND lower(release) = lower($#)"},
	    {filter->profile, " AND lower(profile) = lower($#)"},
	    {filter->product, " AND lower(product) = lower($#)"},
	    {filter->class, " AND lower(class) = lower($#)"},
	    {filter->module, " AND strpos(' ' || modules || ' ', ' ' || $# || ' ') > 0"},
	};

	if (filter->since_ms)
		sql_add_time(sql, " AND time >= $#", filter->since_ms);
	if (filter->until_ms)
		sql_add_time(sql, " AND time <= $#", filter->until_ms);
	if (filter->signature_count == 1)
		sql_add_text(sql, " AND signature = $#", filter->signatures[0]);
	else if (filter->signature_count)
		sql_add_texts(sql, " AND signature = ANY ($#::text[])", filter->signatures,
		    filter->signature_count);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].value)
			sql_add_text(sql, texts[i].text, texts[i].value);
	if (filter->taint)
		crash_taint(sql, filter->taint);
	return filter->search ? crash_search(err, sql, filter->search) : 0;
}

/* --- rows -------------------------------------------------------------------------------------------- */

struct crash_rows {
	int (*got)(void *arg, const struct db_crash_row *row);
	void *arg;
};

static int crash_got(void *arg, const PGresult *result)
{
	struct crash_rows *rows = arg;
	struct db_crash_row row;

	crash_row(result, &row);
	return rows->got(rows->arg, &row);
}

long read_crash_rows(struct err *err, struct db *db, const struct db_crash_filter *filter,
    int (*got)(void *arg, const struct db_crash_row *row), void *arg)
{
	struct crash_rows rows = {got, arg};
	struct sql sql = {.len = 0};

	sql_add(&sql, COLUMNS " FROM crash WHERE true");
	if (crash_conditions(err, &sql, filter)) {
		pq_params_free(&sql.params);
		return -1;
	}
	sql_add(&sql, " ORDER BY time DESC, session DESC");
	if (filter->limit)
		sql_add_big(&sql, " LIMIT $#", filter->limit);
	return sql_each(err, engine_data(db), &sql, crash_got, &rows);
}

/* 1 if there is no condition but for the signature. */
static int crash_is_whole(const struct db_crash_filter *filter)
{
	return !filter->since_ms && !filter->until_ms && !filter->machine && !filter->release &&
	       !filter->profile && !filter->product && !filter->class && !filter->taint &&
	       !filter->module && !filter->search;
}

long read_crash_count(struct err *err, struct db *db, const struct db_crash_filter *filter)
{
	struct db_crash_filter counted = *filter;
	struct sql sql = {.len = 0};

	counted.taint = NULL;
	/* (the summaries have it) */
	sql_add(&sql, crash_is_whole(&counted)
			  ? "SELECT coalesce(sum(count), 0)::bigint FROM crash_group WHERE true"
			  : "SELECT count(*) FROM (SELECT FROM crash WHERE true");
	if (crash_conditions(err, &sql, &counted)) {
		pq_params_free(&sql.params);
		return -1;
	}
	/* (a word may be in each of millions of crashes) */
	if (!crash_is_whole(&counted))
		sql_add_big(&sql, " LIMIT $#) c", filter->search ? DB_COUNT_MAX : INT32_MAX);
	return sql_number(err, engine_data(db), &sql);
}

/* --- counts of those that had come up ------------------------------------------------------------------ */

struct crash_counts {
	int (*got)(void *arg, const char *value, long crashes);
	void *arg;
};

static int crash_counted(void *arg, const PGresult *result)
{
	const struct crash_counts *counts = arg;

	return counts->got(counts->arg, sql_text(result, 0), (long)sql_big(result, 1));
}

long read_ran_crashes(struct err *err, struct db *db, const struct db_crash_filter *filter,
    const char *release, enum db_by by, int (*got)(void *arg, const char *value, long crashes),
    void *arg)
{
	struct crash_counts counts = {got, arg};
	struct sql sql = {.len = 0};

	sql_add(&sql, "SELECT ");
	sql_add(&sql, sql_by(by));
	sql_add(&sql, ", count(*) FROM crash WHERE up IS NOT NULL");
	if (release && *release)
		sql_add_text(&sql, " AND lower(kernel) = lower($#)", release);
	if (crash_conditions(err, &sql, filter)) {
		pq_params_free(&sql.params);
		return -1;
	}
	sql_add(&sql, " GROUP BY 1");
	return sql_each(err, engine_data(db), &sql, crash_counted, &counts);
}

/* --- groups ------------------------------------------------------------------------------------------ */

struct crash_signatures {
	int (*got)(void *arg, const char *signature, int64_t first_ms);
	void *arg;
};

static int crash_signature(void *arg, const PGresult *result)
{
	struct crash_signatures *signatures = arg;

	return signatures->got(signatures->arg, sql_text(result, 0), sql_time(result, 1));
}

long read_signatures(struct err *err, struct db *db,
    int (*got)(void *arg, const char *signature, int64_t first_ms), void *arg)
{
	struct crash_signatures signatures = {got, arg};
	struct sql sql = {.len = 0};

	sql_add(&sql, "SELECT signature, first FROM crash_group");
	return sql_each(err, engine_data(db), &sql, crash_signature, &signatures);
}

static int crash_channels(void *arg, const PGresult *result)
{
	struct db_channels *channels = arg;
	long *const counts[] = {&channels->crashes, &channels->by_http, &channels->by_netconsole,
	    &channels->by_console, &channels->by_pstore};

	for (int i = 0; i < (int)(sizeof(counts) / sizeof(counts[0])); i++)
		*counts[i] = (long)sql_big(result, i);
	return 0;
}

int read_channels(struct err *err, struct db *db, int64_t since_ms, struct db_channels *channels)
{
	struct sql sql = {.len = 0};

	sql_add(&sql, "SELECT count(*), count(*) FILTER (WHERE by_http),"
		      " count(*) FILTER (WHERE by_netconsole), count(*) FILTER (WHERE by_console),"
		      " count(*) FILTER (WHERE by_pstore) FROM crash WHERE true");
	if (since_ms)
		sql_add_time(&sql, " AND time >= $#", since_ms);
	return sql_each(err, engine_data(db), &sql, crash_channels, channels) < 0 ? -1 : 0;
}
