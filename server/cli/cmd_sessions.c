/* SPDX-License-Identifier: MIT */
/* lastwords sessions: a row for each session in the index, newest first. */
#include <stdio.h>
#include <string.h>

#include "ask.h"

struct sessions_options {
	int json, limit;
	int64_t since_ms, until_ms;
	const char *state, *like;
	struct ask_where where;
};

const struct options_row sessions_options[] = {
    {.name = "--state",
	.value = "STATE",
	.help = "only in this state, as the list has it",
	.kind = OPTIONS_TEXT,
	.field = offsetof(struct sessions_options, state)},
    {.name = "--since",
	.value = "WHEN",
	.help = "only newer ones: 2d, 12h, 30min, or a time",
	.kind = OPTIONS_WHEN,
	.field = offsetof(struct sessions_options, since_ms)},
    {.name = "--until",
	.value = "WHEN",
	.help = "only older ones",
	.kind = OPTIONS_WHEN,
	.field = offsetof(struct sessions_options, until_ms)},
    {.name = "-n",
	.value = "COUNT",
	.help = "at most so many (50)",
	.kind = OPTIONS_NUMBER,
	.field = offsetof(struct sessions_options, limit),
	.least = 1,
	.most = 1000000},
    ASK_WHERE(sessions_options),
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

static json_t *sessions_part(struct err *err, struct query *query, void *arg, int offset, int limit)
{
	const struct sessions_options *options = arg;
	struct query_list list = {.like = options->like,
	    .state = options->state,
	    .since_ms = options->since_ms,
	    .until_ms = options->until_ms,
	    .offset = offset,
	    .limit = limit};

	return query_sessions(err, query, &list);
}

static int sessions_row(struct err *err, void *arg, const json_t *session)
{
	struct table *table = arg;
	const char *title = ask_text(session, "title"), *state = ask_text(session, "state");

	table_cell_time(table, ask_time(session, "requested"));
	table_cell(table, ask_text(session, "mac"), SCREEN_PLAIN);
	table_cell(table, state, cli_state_colour(state));
	table_cell(table, ask_text(session, "session"), SCREEN_PLAIN);
	if (title[0])
		table_cell(table, title, SCREEN_STRONG);
	else
		table_cell(table, ask_text(session, "why"), SCREEN_PLAIN);
	(void)err;
	return 0;
}

int cmd_sessions(struct cli *cli, int argc, char **argv)
{
	struct sessions_options options = {.limit = 50};
	struct ask_list list = {.name = "sessions", .part = sessions_part, .arg = &options};
	int rc = cli_take(cli, &argc, argv, &options);

	if (rc)
		return rc;
	options.like = argc > 1 ? argv[1] : NULL;
	list.limit = options.limit;
	return ask_list_command(cli, &list, &options.where, 0,
	    options.json ? NULL : sessions_columns,
	    sizeof(sessions_columns) / sizeof(sessions_columns[0]), sessions_row);
}
