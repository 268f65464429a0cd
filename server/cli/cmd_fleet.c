/* SPDX-License-Identifier: MIT */
/*
 * lastwords fleet: how many machines are armed, and why the others are not, by each machine's newest
 * session. Reads the index only.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "cli.h"
#include "table.h"

enum { FLEET_REASONS_MAX = 200, FLEET_NAMED_MAX = 5 };

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

struct fleet_reason {
	char why[320];
	size_t count, named;
	char mac[FLEET_NAMED_MAX][18]; /* of the newest sessions */
};

struct fleet {
	size_t machines, armed, count;
	struct fleet_reason reason[FLEET_REASONS_MAX + 1]; /* the last for all that do not fit */
};

/* Why the machine is not armed; returns 0 if it is. */
static int fleet_why(const struct db_session *s, char *why, size_t size)
{
	switch (s->state) {
	case SESSION_ARMED:
	case SESSION_RUNNING:
		if (s->armed_ms)
			return 0;
		return snprintf(why, size, "running, but never reported as armed");
	case SESSION_NOT_ARMED:
		return snprintf(
		    why, size, "not armed: %s", s->why[0] ? s->why : "no reason reported");
	case SESSION_REQUESTED:
		return snprintf(why, size, "booting: script served, no report yet");
	case SESSION_STALLED:
		return snprintf(why, size, "stalled: no report since the script was served");
	case SESSION_DIED:
		return snprintf(why, size, "died, no dump received yet");
	case SESSION_NO_CAPTURE:
		return snprintf(why, size, "died without capture, not booted again yet");
	case SESSION_CAPTURED:
		return snprintf(why, size, "died and captured, not booted again yet");
	default:
		return snprintf(why, size, "%s", session_state_name(s->state));
	}
}

static int fleet_machine(void *arg, const struct db_session *session)
{
	struct fleet *fleet = arg;
	struct fleet_reason *reason = fleet->reason;
	char why[sizeof(reason->why)];
	size_t i;

	fleet->machines++;
	if (!fleet_why(session, why, sizeof(why))) {
		fleet->armed++;
		return 0;
	}
	for (i = 0; i < fleet->count && strcmp(reason[i].why, why) != 0; i++)
		;
	if (i == fleet->count && i < FLEET_REASONS_MAX) {
		memcpy(reason[i].why, why, sizeof(why));
		fleet->count++;
	}
	reason += i;
	reason->count++;
	if (reason->named < FLEET_NAMED_MAX)
		memcpy(reason->mac[reason->named++], session->mac, sizeof(session->mac));
	return 0;
}

static int fleet_order(const void *left, const void *right)
{
	const struct fleet_reason *a = left, *b = right;

	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return strcmp(a->why, b->why);
}

/* 0/-1 */
static int fleet_text(struct err *err, const struct screen *screen, const struct fleet *fleet)
{
	struct table *table = table_begin(
	    err, screen, fleet_columns, sizeof(fleet_columns) / sizeof(fleet_columns[0]));

	printf("%zu of %zu machine%s armed (%.1f %%)\n", fleet->armed, fleet->machines,
	    cli_plural(fleet->machines),
	    fleet->machines ? 100.0 * (double)fleet->armed / (double)fleet->machines : 0.0);
	for (size_t i = 0; table && i < fleet->count; i++) {
		const struct fleet_reason *reason = &fleet->reason[i];
		char macs[FLEET_NAMED_MAX * 18 + 8] = "";
		struct kv_out out;

		kv_out_init(&out, macs, sizeof(macs));
		for (size_t n = 0; n < reason->named; n++) {
			kv_out_raw(&out, n ? " " : "");
			kv_out_raw(&out, reason->mac[n]);
		}
		kv_out_raw(&out, reason->count > reason->named ? " ..." : "");
		table_cellf(table, "%zu", reason->count);
		table_cell(table, reason->why, SCREEN_PLAIN);
		table_cell(table, macs, SCREEN_PLAIN);
	}
	return table ? table_end(err, table) : -1;
}

static void fleet_json(const struct fleet *fleet)
{
	char text[4096];
	struct kv_out out;

	printf("{\"machines\":%zu,\"armed\":%zu,\"not_armed\":[", fleet->machines, fleet->armed);
	for (size_t i = 0; i < fleet->count; i++) {
		const struct fleet_reason *reason = &fleet->reason[i];

		kv_out_init(&out, text, sizeof(text));
		kv_out_raw(&out, i ? ",{" : "{");
		json_pair(&out, "why", reason->why);
		json_number(&out, "machines", (long long)reason->count);
		json_key(&out, "newest");
		for (size_t n = 0; n < reason->named; n++) {
			kv_out_raw(&out, n ? "," : "[");
			json_text(&out, reason->mac[n]);
		}
		printf("%s]}", out.buf);
	}
	printf("]}\n");
}

int cmd_fleet(struct cli *cli, int argc, char **argv)
{
	static struct fleet fleet;
	struct fleet_options options = {.json = 0};
	struct db_query query = {.newest_only = 1, .limit = DB_ALL};
	struct db *db;
	struct err err;
	long count;
	int rc = cli_take(cli, &argc, argv, &options);

	if (rc)
		return rc;
	db = cli_open(&err, cli);
	if (!db)
		return cli_fail(&err);
	memset(&fleet, 0, sizeof(fleet));
	snprintf(fleet.reason[FLEET_REASONS_MAX].why, sizeof(fleet.reason[0].why), "other reasons");
	count = db_sessions(&err, db, &query, fleet_machine, &fleet);
	db_close(db);
	if (count < 0)
		return cli_fail(&err);
	if (fleet.reason[FLEET_REASONS_MAX].count)
		fleet.count = FLEET_REASONS_MAX + 1;
	qsort(fleet.reason, fleet.count, sizeof(fleet.reason[0]), fleet_order);
	if (options.json)
		fleet_json(&fleet);
	else if (fleet_text(&err, &cli->screen, &fleet))
		return cli_fail(&err);
	return fleet.machines ? CLI_OK : CLI_FAILED;
}
