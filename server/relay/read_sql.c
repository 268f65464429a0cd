/* SPDX-License-Identifier: MIT */
/* read_sql: statements with their parameters, and the columns of their rows; see read.h. It must not know what for. */
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "read.h"

#define SQL_MOST_MS INT64_C(100000000000000) /* the year 5138 */

/* --- putting together -------------------------------------------------------------------------------- */

static void sql_put(struct sql *sql, const char *text, size_t len)
{
	if (sql->len + len >= sizeof(sql->text)) {
		sql->overflow = 1;
		return;
	}
	memcpy(sql->text + sql->len, text, len);
	sql->len += len;
	sql->text[sql->len] = '\0';
}

void sql_add(struct sql *sql, const char *text)
{
	sql_put(sql, text, strlen(text));
}

/* Each "$#" in text is the last parameter. */
static void sql_add_last(struct sql *sql, const char *text)
{
	const char *mark;
	char number[16];

	snprintf(number, sizeof(number), "$%d", sql->params.count);
	for (; (mark = strstr(text, "$#")) != NULL; text = mark + 2) {
		sql_put(sql, text, (size_t)(mark - text));
		sql_add(sql, number);
	}
	sql_add(sql, text);
}

void sql_add_text(struct sql *sql, const char *text, const char *value)
{
	pq_put_text(&sql->params, value);
	sql_add_last(sql, text);
}

void sql_add_big(struct sql *sql, const char *text, int64_t value)
{
	pq_put_big(&sql->params, value);
	sql_add_last(sql, text);
}

void sql_add_time(struct sql *sql, const char *text, int64_t ms)
{
	/* (what a timestamp does not hold) */
	pq_put_time(&sql->params, ms > SQL_MOST_MS    ? SQL_MOST_MS
				  : ms < -SQL_MOST_MS ? -SQL_MOST_MS
						      : ms);
	sql_add_last(sql, text);
}

/* As one text "{…}": signatures have no character that an array's text would have to escape. */
void sql_add_texts(struct sql *sql, const char *text, const char *const *values, int count)
{
	size_t size = 3, at = 1;
	char *list;

	for (int i = 0; i < count; i++)
		size += strlen(values[i]) + 3;
	list = malloc(size);
	if (!list) {
		sql->overflow = 1;
		return;
	}
	list[0] = '{';
	for (int i = 0; i < count; i++)
		at += (size_t)snprintf(list + at, size - at, "%s\"%s\"", i ? "," : "", values[i]);
	memcpy(list + at, "}", 2);
	pq_put_text(&sql->params, list);
	free(list);
	sql_add_last(sql, text);
}

void sql_like(const char *before, const char *text, char to[READ_LIKE_MAX])
{
	size_t at = (size_t)snprintf(to, READ_LIKE_MAX, "%s", before);

	for (; *text && at < READ_LIKE_MAX - 4; text++) {
		if (strchr("\\%_", *text))
			to[at++] = '\\';
		to[at++] = *text;
	}
	memcpy(to + at, "%", 2);
}

/* --- running ----------------------------------------------------------------------------------------- */

static int sql_send(struct err *err, struct pq *pq, struct sql *sql)
{
	const struct pq_params *params = &sql->params;

	if (sql->overflow || params->failed)
		return err_set(err, "the question is too long");
	/* (what follows waits by itself: whoever asks has a time limit, and so has the statement) */
	if (PQsetnonblocking(pq->conn, 0) ||
	    !PQsendQueryParams(pq->conn, sql->text, params->count, params->types, params->values,
		params->lengths, params->formats, 1) ||
	    !PQsetSingleRowMode(pq->conn))
		return err_set(err, "%s", PQerrorMessage(pq->conn));
	return 0;
}

/* The statement's rest is not wanted. */
static void sql_stop(struct pq *pq)
{
	PGcancel *cancel = PQgetCancel(pq->conn);
	char ignored[256];

	if (cancel)
		(void)PQcancel(cancel, ignored, sizeof(ignored));
	PQfreeCancel(cancel);
}

/* The first line of the database's message. */
static int sql_failed(struct err *err, struct pq *pq, const PGresult *result)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	pq->fault = PQstatus(pq->conn) == CONNECTION_BAD ? PQ_LOST : PQ_DATA;
	if (state && strcmp(state, "57014") == 0)
		return err_set(err, "the central database ended the query after %d s; ask for less",
		    READ_STATEMENT_MS / 1000);
	return err_set(err, "the central database: %s", text ? text : "the connection was lost");
}

/* Where the rows go as they come. */
struct sql_rows {
	int (*got)(void *arg, const PGresult *result);
	void *arg;
	PGresult **kept; /* of whole: not given out yet */
	size_t count, room;
	int stopped;
};

/* One row: 0, or -1 out of memory. It is cleared or kept. */
static int sql_row(struct err *err, struct sql_rows *rows, int whole, PGresult *result)
{
	PGresult **kept;

	if (!whole) {
		rows->count++;
		rows->stopped = rows->got(rows->arg, result);
		PQclear(result);
		return 0;
	}
	kept = array_grow(err, rows->kept, &rows->room, rows->count, sizeof(PGresult *));
	if (!kept) {
		PQclear(result);
		return -1;
	}
	rows->kept = kept;
	kept[rows->count++] = result;
	return 0;
}

/* Gives out what was kept, and clears it. */
static void sql_give(struct sql_rows *rows, int rc)
{
	size_t given = 0;

	for (size_t i = 0; rows->kept && i < rows->count; i++) {
		if (rc == 0 && !rows->stopped) {
			given++;
			rows->stopped = rows->got(rows->arg, rows->kept[i]);
		}
		PQclear(rows->kept[i]);
	}
	if (rows->kept)
		rows->count = given;
	free(rows->kept);
}

long sql_each(struct err *err, struct pq *pq, struct sql *sql,
    int (*got)(void *arg, const PGresult *result), void *arg)
{
	struct sql_rows rows = {.got = got, .arg = arg};
	int rc = sql_send(err, pq, sql), whole = sql->whole;
	PGresult *result;

	pq_params_free(&sql->params);
	/* (after an error, or what stopped it, there may be more) */
	while ((result = PQgetResult(pq->conn)) != NULL) {
		ExecStatusType status = PQresultStatus(result);

		if (status == PGRES_SINGLE_TUPLE && rc == 0 && !rows.stopped) {
			rc = sql_row(err, &rows, whole, result);
			if (rc || rows.stopped)
				sql_stop(pq);
			continue;
		}
		if (status != PGRES_SINGLE_TUPLE && status != PGRES_TUPLES_OK && rc == 0 &&
		    !rows.stopped)
			rc = sql_failed(err, pq, result);
		PQclear(result);
	}
	sql_give(&rows, rc);
	return rc ? -1 : (long)rows.count;
}

static int sql_got_number(void *arg, const PGresult *result)
{
	long *number = arg;

	*number = (long)sql_big(result, 0);
	return 0;
}

long sql_number(struct err *err, struct pq *pq, struct sql *sql)
{
	long number = 0;

	return sql_each(err, pq, sql, sql_got_number, &number) < 0 ? -1 : number;
}

/* --- columns ----------------------------------------------------------------------------------------- */

const char *sql_text(const PGresult *result, int column)
{
	/* (a text is the same in binary form, with a NUL behind it) */
	return PQgetvalue(result, 0, column);
}

int64_t sql_big(const PGresult *result, int column)
{
	uint64_t wide;
	uint32_t narrow;

	if (PQgetisnull(result, 0, column))
		return 0;
	if (PQgetlength(result, 0, column) == (int)sizeof(narrow)) {
		memcpy(&narrow, PQgetvalue(result, 0, column), sizeof(narrow));
		return (int32_t)be32toh(narrow);
	}
	memcpy(&wide, PQgetvalue(result, 0, column), sizeof(wide));
	return (int64_t)be64toh(wide);
}

int64_t sql_time(const PGresult *result, int column)
{
	int64_t us = sql_big(result, column);

	/* (-infinity and infinity are the ends of the type) */
	if (PQgetisnull(result, 0, column) || us == INT64_MIN || us == INT64_MAX)
		return 0;
	return us / 1000 + PQ_EPOCH_MS;
}

double sql_double(const PGresult *result, int column)
{
	int64_t bits = sql_big(result, column);
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

int sql_bool(const PGresult *result, int column)
{
	return !PQgetisnull(result, 0, column) && PQgetvalue(result, 0, column)[0];
}

int sql_null(const PGresult *result, int column)
{
	return PQgetisnull(result, 0, column);
}

const char *sql_by(enum db_by by)
{
	return by == DB_BY_RELEASE ? "kernel" : by == DB_BY_PRODUCT ? "product" : "profile";
}
