/* SPDX-License-Identifier: MIT */
/* ask: the queries as commands use them; see ask.h. */
#include "ask.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* Opens the index; with *without, a failure is only reported. 0/-1. */
static int ask_open_index(struct err *err, struct query *query, const int *without)
{
	query->db = db_open(err, query->state, 0);
	if (query->db)
		return 0;
	if (*without)
		err_print("lastwords", err);
	return *without ? 0 : -1;
}

/* The centre does not answer. */
static int ask_local(struct err *err, struct query *query, const char *why)
{
	struct err note;

	err_set(&note, "%s; this is what this server has", why);
	err_print("lastwords", &note);
	return ask_open_index(err, query, query->central->arg);
}

int ask_open(struct err *err, struct cli *cli, struct query *query, const struct ask_where *where,
    int without)
{
	static struct query_central central;
	static int without_index;

	memset(query, 0, sizeof(*query));
	if (cli_load(err, cli))
		return -1;
	query->state = cli->config.state;
	query->config = &cli->config;
	query->now_ms = clock_now();
	query->paths = 1;
	without_index = without;
	if (where && where->central && where->local)
		return err_set(err, "--central and --local exclude each other");
	if (where && where->central && !cli->config.central[0])
		return err_set(err, "%s: no central database; set central", cli->config.file);
	if (!where || where->local || !cli->config.central[0])
		return ask_open_index(err, query, &without_index);
	central = (struct query_central){.config = cli->config.file,
	    .within_ms = where->central ? 0 : ASK_CENTRAL_MS,
	    .local = where->central ? NULL : ask_local,
	    .arg = &without_index};
	query->central = &central;
	return 0;
}

void ask_close(struct query *query)
{
	db_close(query->db);
	query->db = NULL;
}

/* Each row of one part; *rows grows. 0/-1. */
static int ask_part_rows(
    struct err *err, const struct ask_list *list, const json_t *part, size_t *rows)
{
	json_t *row;
	size_t i;

	json_array_foreach(json_object_get(part, list->name), i, row)
	{
		if (list->row(err, list->table, row))
			return -1;
		(*rows)++;
	}
	return 0;
}

int ask_rows(struct err *err, struct query *query, const struct ask_list *list, size_t *rows)
{
	*rows = 0;
	while (*rows < (size_t)list->limit) {
		const size_t left = (size_t)list->limit - *rows, before = *rows;
		const int want = left < QUERY_PAGE_MAX ? (int)left : QUERY_PAGE_MAX;
		json_t *part = list->part(err, query, list->arg, (int)*rows, want);
		int rc = part ? ask_part_rows(err, list, part, rows) : -1;

		json_decref(part);
		if (rc)
			return -1;
		/* (the last part is not full) */
		if (*rows - before < (size_t)want)
			return 0;
	}
	return 0;
}

int ask_print(struct err *err, const json_t *document)
{
	size_t len;
	char *text = query_dump(document, &len);

	if (!text)
		return err_set(err, "out of memory");
	fwrite(text, 1, len, stdout);
	free(text);
	return 0;
}

int ask_print_row(struct err *err, void *table, const json_t *row)
{
	(void)table;
	return ask_print(err, row);
}

int ask_table(struct err *err, struct cli *cli, struct query *query, struct ask_list *list,
    const struct table_column *columns, size_t count,
    int (*row)(struct err *err, void *table, const json_t *row), size_t *rows)
{
	struct table *table = columns ? table_begin(err, &cli->screen, columns, count) : NULL;
	struct err ignored;
	int rc;

	*rows = 0;
	if (columns && !table)
		return -1;
	list->row = table ? row : ask_print_row;
	list->table = table;
	rc = ask_rows(err, query, list, rows);
	if (table_end(rc ? &ignored : err, table))
		rc = -1;
	return rc;
}

int ask_list_command(struct cli *cli, struct ask_list *list, const struct ask_where *where,
    int without, const struct table_column *columns, size_t count,
    int (*row)(struct err *err, void *table, const json_t *row))
{
	struct query query;
	struct err err;
	size_t rows;
	int rc;

	if (ask_open(&err, cli, &query, where, without))
		return cli_fail(&err);
	rc = ask_table(&err, cli, &query, list, columns, count, row, &rows);
	ask_close(&query);
	if (rc)
		return cli_fail(&err);
	if (rows == 0)
		fprintf(stderr, "lastwords: no %s found\n", list->name);
	return rows ? CLI_OK : CLI_FAILED;
}

/* --- fields ------------------------------------------------------------------------------------------ */

const char *ask_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

long long ask_number(const json_t *object, const char *key, long long other)
{
	const json_t *value = json_object_get(object, key);

	return json_is_integer(value) ? (long long)json_integer_value(value) : other;
}

double ask_real(const json_t *object, const char *key, double other)
{
	const json_t *value = json_object_get(object, key);

	return json_is_number(value) ? json_number_value(value) : other;
}

int64_t ask_time(const json_t *object, const char *key)
{
	int64_t ms;

	return clock_parse(ask_text(object, key), &ms) == 0 ? ms : 0;
}

void ask_texts(const json_t *object, const char *key, char *text, size_t size)
{
	struct kv_out out;
	json_t *value;
	size_t i;

	kv_out_init(&out, text, size);
	json_array_foreach(json_object_get(object, key), i, value)
	{
		if (!json_is_string(value))
			continue;
		kv_out_raw(&out, out.len ? " " : "");
		kv_out_raw(&out, json_string_value(value));
	}
}

int ask_signature(struct err *err, struct query *query, const char *what, char signature[17])
{
	json_t *session;
	int rc = 0;

	if (strlen(what) == 16 && strspn(what, "0123456789abcdef") == 16) {
		memcpy(signature, what, 17);
		return 0;
	}
	session = cli_newest(err, query, what);
	if (!session)
		return -1;
	snprintf(signature, 17, "%s", ask_text(session, "signature"));
	if (!signature[0])
		rc = err_set(err,
		    "session %s has no crash with a signature; `lastwords crashes` lists them",
		    ask_text(session, "session"));
	json_decref(session);
	return rc;
}
