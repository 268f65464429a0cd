/* SPDX-License-Identifier: MIT */
/*
 * db_crash: crashes, their rows and their search; see db.h. The row of table crash is made by the schema's triggers;
 * the facts of the report and the searched text are written here.
 */
#include "db_sql.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "words.h"

enum { CRASH_PROGRESS_STEPS = 1000, CRASH_SIGNATURES_MAX = 256 };

/* --- words ----------------------------------------------------------------------------------------- */

/* The full stop that ends a sentence is no part of the word before it. */
static void crash_cut_stops(char *text)
{
	for (char *c = text; *c; c++)
		if (*c == '.' && !words_has(c[1]))
			*c = ' ';
}

/* A query of FTS5. */
struct crash_query {
	char *to;
	size_t size, len;
};

/* Appends a character; 0, or -1: no room. */
static int crash_put_char(struct crash_query *query, char c)
{
	if (query->len + 1 >= query->size)
		return -1;
	query->to[query->len++] = c;
	query->to[query->len] = '\0';
	return 0;
}

/* One word as a string of FTS5, in which nothing is an operator: its quotes doubled. 0/-1. */
static int crash_put_word(void *arg, const char *word, size_t len, int begins)
{
	struct crash_query *query = arg;

	if ((query->len && crash_put_char(query, ' ')) || crash_put_char(query, '"'))
		return -1;
	for (size_t i = 0; i < len; i++)
		if ((word[i] == '"' && crash_put_char(query, '"')) ||
		    crash_put_char(query, word[i]))
			return -1;
	return crash_put_char(query, '"') || (begins && crash_put_char(query, '*')) ? -1 : 0;
}

/* The query of FTS5 for a person's words; "" where they have no letters. 0/-1. */
static int crash_words(struct err *err, const char *search, char *to, size_t size)
{
	struct crash_query query = {.to = to, .size = size};

	to[0] = '\0';
	return words_search(err, search, crash_put_word, &query);
}

/* --- writing --------------------------------------------------------------------------------------- */

/* Replaces what can be searched of the crash. 0/-1. */
static int crash_put_text(struct err *err, struct db *db, const struct db_crash *crash)
{
	sqlite3_stmt *stmt = db_bind(err, db, SQL_CRASH_NUMBER, "t", crash->session);
	char title[sizeof(crash->report.title)], text[DB_REPORT_MAX + 1];
	int found = stmt ? db_next(err, db, stmt) : -1;
	int64_t n;

	if (found <= 0)
		return found;
	n = sqlite3_column_int64(stmt, 0);
	db_text(stmt, 1, title, sizeof(title));
	sqlite3_reset(stmt);
	/* (the row keeps the title of an upload when netconsole has another) */
	if (strcmp(title, crash->report.title) != 0)
		return 0;
	snprintf(text, sizeof(text), "%s", crash->text ? crash->text : "");
	crash_cut_stops(text);
	crash_cut_stops(title);
	if (db_run(err, db, SQL_CRASH_FORGET_TEXT, "n", n))
		return -1;
	return db_run(err, db, SQL_CRASH_TEXT, "ntt", n, title, text);
}

int db_put_crash(struct err *err, struct db *db, const struct db_crash *crash)
{
	const struct report *report = &crash->report;
	struct session session;

	if (db_need_session(err, db, crash->session, &session) ||
	    db_run(err, db, SQL_CRASH, "tntttttnnnn", crash->session, crash->time_ms, report->title,
		report->class, report->function, report->signature, report->release,
		(int64_t)(crash->by_http != 0), (int64_t)(crash->by_netconsole != 0),
		(int64_t)(crash->by_pstore != 0), (int64_t)(crash->by_console != 0)) ||
	    db_run(err, db, SQL_CRASH_FACTS, "ttntttttn", crash->session, report->title,
		(int64_t)(crash->by_http != 0), report->taint, report->hardware, report->modules,
		report->comm, report_severity_name(report->severity), (int64_t)report->cpu))
		return -1;
	return crash_put_text(err, db, crash);
}

/* --- reading --------------------------------------------------------------------------------------- */

static int crash_is_late(void *arg)
{
	return clock_monotonic() > *(const int64_t *)arg;
}

/* From now on a search (words: not "") is ended at *late. */
static void crash_limit(struct db *db, const char *words, int64_t *late)
{
	*late = clock_monotonic() + DB_SEARCH_MS;
	if (words[0])
		sqlite3_progress_handler(db->sqlite, CRASH_PROGRESS_STEPS, crash_is_late, late);
}

/* The end of that. rc of the reading, whose error says so if it was ended. */
static void crash_unlimit(struct err *err, struct db *db, int rc)
{
	if (rc < 0 && (sqlite3_errcode(db->sqlite) & 0xff) == SQLITE_INTERRUPT)
		err_set(err, "search: ended after %d ms; give more words, or longer ones before *",
		    DB_SEARCH_MS);
	sqlite3_progress_handler(db->sqlite, 0, NULL, NULL);
}

/* Reads CRASH_COLUMNS (db_statements.c). */
static void crash_row(sqlite3_stmt *stmt, struct db_crash_row *row)
{
	const char **const texts[] = {&row->session, &row->mac, &row->signature, &row->title,
	    &row->class, &row->function, &row->release, &row->profile, &row->product, &row->kernel,
	    &row->taint, &row->hardware, &row->modules, &row->task, &row->severity};
	int n = 0;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		*texts[i] = db_column(stmt, n++);
	row->time_ms = sqlite3_column_int64(stmt, n);
	row->booted_ms = sqlite3_column_int64(stmt, n + 1);
	row->up_ms = sqlite3_column_int64(stmt, n + 2);
	row->cpu = sqlite3_column_int(stmt, n + 3);
}

/* 1 if each of these letters is one of the flags. */
static int crash_has_taint(const char *flags, const char *letters)
{
	for (; *letters; letters++)
		if (!strchr(flags, toupper((unsigned char)*letters)))
			return 0;
	return 1;
}

/* The signatures as a JSON list, which they have to be for json_each. 0/-1. */
static int crash_signatures(
    struct err *err, const struct db_crash_filter *filter, char *to, size_t size)
{
	struct kv_out out;

	kv_out_init(&out, to, size);
	kv_out_raw(&out, "[");
	for (int i = 0; i < filter->signature_count; i++) {
		if (filter->signatures[i][strspn(filter->signatures[i], "0123456789abcdef")])
			return err_set(err, "a signature is 16 hex digits");
		kv_out_raw(&out, i ? ",\"" : "\"");
		kv_out_raw(&out, filter->signatures[i]);
		kv_out_raw(&out, "\"");
	}
	kv_out_raw(&out, "]");
	return out.overflow ? err_set(err, "too many signatures") : 0;
}

/* Calls got for the rows of stmt, which is bound. Count or -1. */
static long crash_each(struct err *err, struct db *db, sqlite3_stmt *stmt, const char *taint,
    int (*got)(void *arg, const struct db_crash_row *row), void *arg)
{
	struct db_crash_row row;
	long count = 0;
	int rc;

	while ((rc = db_next(err, db, stmt)) > 0) {
		crash_row(stmt, &row);
		if (taint && !crash_has_taint(row.taint, taint))
			continue;
		count++;
		if (got(arg, &row))
			break;
	}
	sqlite3_reset(stmt);
	return rc < 0 ? -1 : count;
}

/* What a filter's parameters point to. */
struct crash_bound {
	char signatures[CRASH_SIGNATURES_MAX * 20], words[2 * DB_LETTERS_MAX];
};

/* Binds a filter to one of four statements: all, SIGNED, FOUND, ONE follow each other. NULL on error. */
static sqlite3_stmt *crash_bind(struct err *err, struct db *db,
    const struct db_crash_filter *filter, enum db_statement all, struct crash_bound *bound)
{
	const char *signed_by = filter->signature_count ? bound->signatures : NULL;
	int which, one;

	bound->words[0] = '\0';
	if ((signed_by &&
		crash_signatures(err, filter, bound->signatures, sizeof(bound->signatures))) ||
	    (filter->search &&
		crash_words(err, filter->search, bound->words, sizeof(bound->words))))
		return NULL;
	one = filter->signature_count == 1 && !bound->words[0];
	which = bound->words[0] ? 2 : one ? 3 : signed_by ? 1 : 0;
	return db_bind(err, db, all + (enum db_statement)which,
	    which == 2  ? "nntttttttt"
	    : signed_by ? "nnttttttt"
			: "nntttttt",
	    filter->since_ms ? filter->since_ms : INT64_MIN,
	    filter->until_ms ? filter->until_ms : INT64_MAX, filter->machine, filter->release,
	    filter->profile, filter->product, filter->class, filter->module,
	    one ? filter->signatures[0] : signed_by, bound->words);
}

long index_crash_rows(struct err *err, struct db *db, const struct db_crash_filter *filter,
    int (*got)(void *arg, const struct db_crash_row *row), void *arg)
{
	struct crash_bound bound;
	sqlite3_stmt *stmt = crash_bind(err, db, filter, SQL_CRASH_ROWS, &bound);
	int64_t late;
	long count;

	if (!stmt)
		return -1;
	crash_limit(db, bound.words, &late);
	count = crash_each(err, db, stmt, filter->taint, got, arg);
	crash_unlimit(err, db, count < 0 ? -1 : 0);
	return count;
}

long index_crash_facts(struct err *err, struct db *db,
    int (*got)(void *arg, const struct db_crash_row *row), void *arg)
{
	sqlite3_stmt *stmt = db_bind(err, db, SQL_CRASH_FACTS_ALL, "");
	struct db_crash_row row = {.session = "",
	    .title = "",
	    .class = "",
	    .function = "",
	    .kernel = "",
	    .task = "",
	    .severity = ""};
	const char **const texts[] = {&row.signature, &row.mac, &row.release, &row.profile,
	    &row.product, &row.taint, &row.hardware, &row.modules};
	enum { TEXTS = sizeof(texts) / sizeof(texts[0]) };
	long count = 0;
	int rc;

	if (!stmt)
		return -1;
	while ((rc = db_next(err, db, stmt)) > 0) {
		for (int i = 0; i < TEXTS; i++)
			*texts[i] = db_column(stmt, i);
		row.cpu = sqlite3_column_int(stmt, TEXTS);
		count++;
		if (got(arg, &row))
			break;
	}
	sqlite3_reset(stmt);
	return rc < 0 ? -1 : count;
}

long index_crash_count(struct err *err, struct db *db, const struct db_crash_filter *filter)
{
	struct crash_bound bound;
	sqlite3_stmt *stmt = crash_bind(err, db, filter, SQL_CRASH_COUNT, &bound);
	long count = -1;
	int64_t late;
	int rc;

	if (!stmt)
		return -1;
	crash_limit(db, bound.words, &late);
	rc = db_next(err, db, stmt);
	if (rc > 0)
		count = (long)sqlite3_column_int64(stmt, 0);
	crash_unlimit(err, db, rc);
	sqlite3_reset(stmt);
	return count;
}

long index_signatures(struct err *err, struct db *db,
    int (*got)(void *arg, const char *signature, int64_t first_ms), void *arg)
{
	sqlite3_stmt *stmt = db_bind(err, db, SQL_SIGNATURES, "");
	long count = 0;
	int rc;

	if (!stmt)
		return -1;
	while ((rc = db_next(err, db, stmt)) > 0) {
		count++;
		if (got(arg, db_column(stmt, 0), sqlite3_column_int64(stmt, 1)))
			break;
	}
	sqlite3_reset(stmt);
	return rc < 0 ? -1 : count;
}

int index_channels(struct err *err, struct db *db, int64_t since_ms, struct db_channels *channels)
{
	sqlite3_stmt *stmt = db_bind(err, db, SQL_CHANNELS, "n", since_ms);
	long *const counts[] = {&channels->crashes, &channels->by_http, &channels->by_netconsole,
	    &channels->by_console, &channels->by_pstore};

	if (!stmt || db_next(err, db, stmt) <= 0)
		return -1;
	for (int i = 0; i < (int)(sizeof(counts) / sizeof(counts[0])); i++)
		*counts[i] = (long)sqlite3_column_int64(stmt, i);
	sqlite3_reset(stmt);
	return 0;
}
