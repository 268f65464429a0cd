/* SPDX-License-Identifier: MIT */
/* lastwords fleet: how many machines are armed, and why the others are not, by each machine's newest session. */
#include <stdio.h>
#include <string.h>

#include "ask.h"

struct fleet_options {
	int json;
	struct ask_where where;
};

const struct options_row fleet_options[] = {
    ASK_WHERE(fleet_options),
    {.name = "--json",
	.help = "one object",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct fleet_options, json)},
    {.name = NULL},
};

static const struct table_column fleet_columns[] = {
    {.heading = "MACHINES", .right = 1},
    {.heading = "REASON", .min = 40, .give = 1},
    {.heading = "NEWEST", .min = 18, .give = 2, .drop = 1},
};

enum { FLEET_MACS_MAX = 256 };

static int fleet_text(struct err *err, const struct screen *screen, const json_t *fleet)
{
	const long long machines = ask_number(fleet, "machines", 0);
	const long long armed = ask_number(fleet, "armed", 0);
	struct table *table = table_begin(
	    err, screen, fleet_columns, sizeof(fleet_columns) / sizeof(fleet_columns[0]));
	char macs[FLEET_MACS_MAX];
	json_t *reason;
	size_t i;

	if (!table)
		return -1;
	printf("%lld of %lld machine%s armed (%.1f %%)\n", armed, machines,
	    cli_plural((unsigned long long)machines),
	    machines ? 100.0 * (double)armed / (double)machines : 0.0);
	json_array_foreach(json_object_get(fleet, "not_armed"), i, reason)
	{
		const long long count = ask_number(reason, "machines", 0);
		const size_t named = json_array_size(json_object_get(reason, "newest"));

		ask_texts(reason, "newest", macs, sizeof(macs) - 4);
		if ((size_t)count > named)
			snprintf(macs + strlen(macs), 5, " ...");
		table_cellf(table, "%lld", count);
		table_cell(table, ask_text(reason, "why"), SCREEN_PLAIN);
		table_cell(table, macs, SCREEN_PLAIN);
	}
	return table_end(err, table);
}

int cmd_fleet(struct cli *cli, int argc, char **argv)
{
	struct fleet_options options = {.json = 0};
	struct query query;
	struct err err;
	json_t *fleet;
	long long machines;
	int rc = cli_take(cli, &argc, argv, &options);

	if (rc)
		return rc;
	if (ask_open(&err, cli, &query, &options.where, 0))
		return cli_fail(&err);
	fleet = query_fleet(&err, &query);
	ask_close(&query);
	if (!fleet)
		return cli_fail(&err);
	machines = ask_number(fleet, "machines", 0);
	rc = options.json ? ask_print(&err, fleet) : fleet_text(&err, &cli->screen, fleet);
	json_decref(fleet);
	if (rc)
		return cli_fail(&err);
	return machines ? CLI_OK : CLI_FAILED;
}
