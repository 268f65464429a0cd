/* SPDX-License-Identifier: MIT */
/* lastwords sessions: a row for each session in the index, newest first. */
#include <stdio.h>

#include "cli.h"
#include "document.h"
#include "table.h"

struct sessions_options {
	int json, limit;
	int64_t since_ms;
};

const struct options_row sessions_options[] = {
    {.name = "-n",
	.value = "COUNT",
	.help = "at most so many (50)",
	.kind = OPTIONS_NUMBER,
	.field = offsetof(struct sessions_options, limit),
	.least = 1,
	.most = 1000000},
    {.name = "--since",
	.value = "WHEN",
	.help = "only newer ones: 2d, 12h, 30min, or a time",
	.kind = OPTIONS_WHEN,
	.field = offsetof(struct sessions_options, since_ms)},
    {.name = "--json",
	.help = "one object a line",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct sessions_options, json)},
    {.name = NULL},
};

/* (the id begins with the MAC, and its beginning is enough to name a session) */
static const struct table_column sessions_columns[] = {
    {.heading = "REQUESTED"},
    {.heading = "MACHINE", .drop = 2},
    {.heading = "STATE"},
    {.heading = "SESSION", .min = 27, .give = 2, .drop = 1},
    {.heading = "CRASH OR REASON", .min = 20, .give = 1},
};

static int sessions_row(void *arg, const struct db_session *session)
{
	struct table *table = arg;

	table_cell_time(table, session->requested_ms);
	table_cell(table, session->mac, SCREEN_PLAIN);
	table_cell(table, session_state_name(session->state), cli_state_colour(session->state));
	table_cell(table, session->id, SCREEN_PLAIN);
	if (session->title[0])
		table_cell(table, session->title, SCREEN_STRONG);
	else
		table_cell(table, session->why, SCREEN_PLAIN);
	return 0;
}

static int sessions_json(struct err *err, struct cli *cli, struct db *db,
    const struct sessions_options *options, const char *like, long *count)
{
	struct document_parts parts = {.part = query_sessions,
	    .key = "sessions",
	    .list = {.like = like, .since_ms = options->since_ms}};
	struct query query = document_query(cli, db);

	return document_print_parts(err, &query, &parts, options->limit, count);
}

static int sessions_table(struct err *err, struct cli *cli, struct db *db,
    const struct sessions_options *options, const char *like, long *count)
{
	struct db_query query = {
	    .limit = options->limit, .since_ms = options->since_ms, .like = like};
	struct table *table = table_begin(err, &cli->screen, sessions_columns,
	    sizeof(sessions_columns) / sizeof(sessions_columns[0]));

	*count = table ? db_sessions(err, db, &query, sessions_row, table) : -1;
	return (table && table_end(err, table)) || *count < 0 ? -1 : 0;
}

int cmd_sessions(struct cli *cli, int argc, char **argv)
{
	struct sessions_options options = {.limit = 50};
	struct db *db;
	struct err err;
	const char *like;
	long count = -1;
	int rc = cli_take(cli, &argc, argv, &options);

	if (rc)
		return rc;
	like = argc > 1 ? argv[1] : NULL;
	db = cli_open(&err, cli);
	if (!db)
		return cli_fail(&err);
	rc = options.json ? sessions_json(&err, cli, db, &options, like, &count)
			  : sessions_table(&err, cli, db, &options, like, &count);
	db_close(db);
	if (rc)
		return cli_fail(&err);
	if (count == 0)
		fprintf(stderr, "lastwords: no sessions found\n");
	return count ? CLI_OK : CLI_FAILED;
}
