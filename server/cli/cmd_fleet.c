/* SPDX-License-Identifier: MIT */
/*
 * lastwords fleet: how many machines are armed, and why the others are not, by each machine's newest
 * session. Reads the index only.
 */
#include <stdio.h>

#include "cli.h"
#include "document.h"
#include "table.h"

struct fleet_options {
	int json;
};

const struct options_row fleet_options[] = {
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

/* "MAC MAC ...": those that the document has. */
static void fleet_macs(const json_t *reason, char *text, size_t size)
{
	const json_t *newest = json_object_get(reason, "newest"), *mac;
	struct kv_out out;
	size_t i;

	kv_out_init(&out, text, size);
	json_array_foreach(newest, i, mac)
	{
		kv_out_raw(&out, i ? " " : "");
		kv_out_raw(&out, json_string_value(mac));
	}
	if (json_integer_value(json_object_get(reason, "machines")) >
	    (json_int_t)json_array_size(newest))
		kv_out_raw(&out, " ...");
}

/* 0/-1 */
static int fleet_text(struct err *err, const struct screen *screen, const json_t *fleet)
{
	struct table *table = table_begin(
	    err, screen, fleet_columns, sizeof(fleet_columns) / sizeof(fleet_columns[0]));
	long long machines = json_integer_value(json_object_get(fleet, "machines"));
	long long armed = json_integer_value(json_object_get(fleet, "armed"));
	const json_t *reason;
	size_t i;

	printf("%lld of %lld machine%s armed (%.1f %%)\n", armed, machines,
	    cli_plural((unsigned long long)machines),
	    machines ? 100.0 * (double)armed / (double)machines : 0.0);
	json_array_foreach(json_object_get(fleet, "not_armed"), i, reason)
	{
		char macs[256];

		if (!table)
			break;
		fleet_macs(reason, macs, sizeof(macs));
		table_cellf(table, "%lld",
		    (long long)json_integer_value(json_object_get(reason, "machines")));
		table_cell(table, json_string_value(json_object_get(reason, "why")), SCREEN_PLAIN);
		table_cell(table, macs, SCREEN_PLAIN);
	}
	return table ? table_end(err, table) : -1;
}

int cmd_fleet(struct cli *cli, int argc, char **argv)
{
	struct fleet_options options = {.json = 0};
	struct query query;
	json_t *fleet;
	struct db *db;
	struct err err;
	int rc = cli_take(cli, &argc, argv, &options), found;

	if (rc)
		return rc;
	db = cli_open(&err, cli);
	if (!db)
		return cli_fail(&err);
	query = document_query(cli, db);
	fleet = query_fleet(&err, &query);
	db_close(db);
	if (!fleet)
		return cli_fail(&err);
	rc = options.json ? document_print(&err, fleet, NULL)
			  : fleet_text(&err, &cli->screen, fleet);
	found = json_integer_value(json_object_get(fleet, "machines")) > 0;
	json_decref(fleet);
	return rc ? cli_fail(&err) : found ? CLI_OK : CLI_FAILED;
}
