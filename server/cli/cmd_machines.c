/* SPDX-License-Identifier: MIT */
/*
 * lastwords machines: a row for each machine that has a session or something set, with its newest session. Without
 * an index there are still those that something is set for.
 */
#include <stdio.h>

#include "ask.h"

struct machines_options {
	int json, limit;
	const char *state, *like;
	struct ask_where where;
};

const struct options_row machines_options[] = {
    {.name = "--state",
	.value = "STATE",
	.help = "only those whose newest session is in this state",
	.kind = OPTIONS_TEXT,
	.field = offsetof(struct machines_options, state)},
    {.name = "-n",
	.value = "COUNT",
	.help = "at most so many (all)",
	.kind = OPTIONS_NUMBER,
	.field = offsetof(struct machines_options, limit),
	.least = 1,
	.most = 10000000},
    ASK_WHERE(machines_options),
    {.name = "--json",
	.help = "one object a line",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct machines_options, json)},
    {.name = NULL},
};

enum { MACHINES_MAX = 10000000, MACHINES_SET_MAX = 2048 };

static const struct table_column machines_columns[] = {
    {.heading = "MACHINE"},
    {.heading = "REQUESTED"},
    {.heading = "STATE"},
    {.heading = "PROFILE", .min = 8, .give = 1},
    {.heading = "PRODUCT", .min = 12, .give = 2, .drop = 1},
    {.heading = "SET", .min = 12, .give = 3},
};

static json_t *machines_part(struct err *err, struct query *query, void *arg, int offset, int limit)
{
	const struct machines_options *options = arg;
	struct query_list list = {
	    .like = options->like, .state = options->state, .offset = offset, .limit = limit};

	return query_machines(err, query, &list);
}

/* "profile debian, args quiet, drill after 30 s, a script (for one boot)" */
static void machines_set(const json_t *machine, char *text, size_t size)
{
	static const struct {
		const char *key, *before, *behind;
	} parts[] = {{"set_profile", "profile ", ""}, {"set_image", "image ", ""},
	    {"set_args", "args ", ""}, {"drill", "drill after ", " s"},
	    {"script", "a script", NULL}};
	char number[24];
	struct kv_out out;

	kv_out_init(&out, text, size);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const char *value = ask_text(machine, parts[i].key);

		if (!json_object_get(machine, parts[i].key))
			continue;
		snprintf(number, sizeof(number), "%lld", ask_number(machine, parts[i].key, 0));
		kv_out_raw(&out, out.len ? ", " : "");
		kv_out_raw(&out, parts[i].before);
		if (parts[i].behind) {
			kv_out_raw(&out, value[0] ? value : number);
			kv_out_raw(&out, parts[i].behind);
		}
	}
	if (out.len && json_is_true(json_object_get(machine, "once")))
		kv_out_raw(&out, " (for one boot)");
}

static int machines_row(struct err *err, void *arg, const json_t *machine)
{
	struct table *table = arg;
	const char *state = ask_text(machine, "state");
	char set[MACHINES_SET_MAX];

	table_cell(table, ask_text(machine, "mac"), SCREEN_PLAIN);
	table_cell_time(table, ask_time(machine, "requested"));
	table_cell(table, state, cli_state_colour(state));
	table_cell(table, ask_text(machine, "profile"), SCREEN_PLAIN);
	table_cell(table, ask_text(machine, "product"), SCREEN_PLAIN);
	machines_set(machine, set, sizeof(set));
	table_cell(table, set, SCREEN_PLAIN);
	(void)err;
	return 0;
}

int cmd_machines(struct cli *cli, int argc, char **argv)
{
	struct machines_options options = {.limit = MACHINES_MAX};
	struct ask_list list = {.name = "machines", .part = machines_part, .arg = &options};
	int rc = cli_take(cli, &argc, argv, &options);

	if (rc)
		return rc;
	options.like = argc > 1 ? argv[1] : NULL;
	list.limit = options.limit;
	return ask_list_command(cli, &list, &options.where, 1,
	    options.json ? NULL : machines_columns,
	    sizeof(machines_columns) / sizeof(machines_columns[0]), machines_row);
}
