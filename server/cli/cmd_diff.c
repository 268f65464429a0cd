/* SPDX-License-Identifier: MIT */
/* lastwords diff: what differs between two crashes: facts, and the lines of their reports. */
#include <stdio.h>
#include <string.h>

#include "ask.h"
#include "screen/print.h"

struct diff_options {
	int json, all;
	struct ask_where where;
};

const struct options_row diff_options[] = {
    {.name = "--all",
	.help = "facts that are the same, too",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct diff_options, all)},
    ASK_WHERE(diff_options),
    {.name = "--json",
	.help = "one object",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct diff_options, json)},
    {.name = NULL},
};

static const struct table_column diff_columns[] = {
    {.heading = "FACT"},
    {.heading = "FIRST", .min = 16, .give = 1},
    {.heading = "SECOND", .min = 16, .give = 1},
};

static int diff_facts(struct err *err, const struct screen *screen, const json_t *facts, int all)
{
	struct table *table =
	    table_begin(err, screen, diff_columns, sizeof(diff_columns) / sizeof(diff_columns[0]));
	json_t *fact;
	size_t i;

	if (!table)
		return -1;
	json_array_foreach(facts, i, fact)
	{
		if (!all && json_is_true(json_object_get(fact, "same")))
			continue;
		table_cell(table, ask_text(fact, "field"), SCREEN_PLAIN);
		table_cell(table, ask_text(fact, "a"), SCREEN_PLAIN);
		table_cell(table, ask_text(fact, "b"), SCREEN_PLAIN);
	}
	return table_end(err, table);
}

/* As diff(1) -u marks lines. */
static void diff_report(const struct screen *screen, const json_t *report)
{
	json_t *line;
	size_t i;

	json_array_foreach(report, i, line)
	{
		const char *op = ask_text(line, "op");
		const int first = strcmp(op, "a") == 0, second = strcmp(op, "b") == 0;
		const enum screen_colour colour = first    ? SCREEN_BAD
						  : second ? SCREEN_GOOD
							   : SCREEN_PLAIN;

		printf("%s%s", screen_begin(screen, colour), first ? "-" : second ? "+" : " ");
		print_safe(ask_text(line, "text"));
		printf("%s\n", screen_end(screen, colour));
	}
}

static int diff_text(struct err *err, const struct screen *screen, const json_t *document, int all)
{
	const json_t *a = json_object_get(document, "a"), *b = json_object_get(document, "b");

	printf("--- %s  %s\n+++ %s  %s\n", ask_text(a, "session"), ask_text(a, "mac"),
	    ask_text(b, "session"), ask_text(b, "mac"));
	if (diff_facts(err, screen, json_object_get(document, "facts"), all))
		return -1;
	printf("\n");
	diff_report(screen, json_object_get(document, "report"));
	return 0;
}

/* The id of a crash that is named as a session, a MAC, or a signature (its newest crash). 0/-1. */
static int diff_find(
    struct err *err, struct query *query, const char *what, char id[SESSION_ID_MAX + 1])
{
	struct query_filter filter = {.signature = what, .limit = 1};
	json_t *document;
	const char *found;

	if (strlen(what) == 16 && strspn(what, "0123456789abcdef") == 16) {
		document = query_crashes(err, query, &filter);
		if (!document)
			return -1;
		found =
		    ask_text(json_array_get(json_object_get(document, "crashes"), 0), "session");
		snprintf(id, SESSION_ID_MAX + 1, "%s", found);
		json_decref(document);
		return id[0]
			   ? 0
			   : err_set(err,
				 "no crash has signature %s; `lastwords crashes` lists them", what);
	}
	document = cli_newest(err, query, what);
	snprintf(id, SESSION_ID_MAX + 1, "%s", document ? ask_text(document, "session") : "");
	json_decref(document);
	return document ? 0 : -1;
}

int cmd_diff(struct cli *cli, int argc, char **argv)
{
	struct diff_options options = {.json = 0};
	char a[SESSION_ID_MAX + 1], b[SESSION_ID_MAX + 1];
	json_t *document = NULL;
	struct query query;
	struct err err;
	int rc = cli_take(cli, &argc, argv, &options);

	if (rc)
		return rc;
	if (ask_open(&err, cli, &query, &options.where, 0))
		return cli_fail(&err);
	if (diff_find(&err, &query, argv[1], a) == 0 && diff_find(&err, &query, argv[2], b) == 0)
		document = query_diff(&err, &query, a, b);
	ask_close(&query);
	if (!document)
		return cli_fail(&err);
	rc = options.json ? ask_print(&err, document)
			  : diff_text(&err, &cli->screen, document, options.all);
	json_decref(document);
	return rc ? cli_fail(&err) : CLI_OK;
}
