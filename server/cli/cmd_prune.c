/* SPDX-License-Identifier: MIT */
/*
 * lastwords prune: removes now what exceeds the configuration's limits (keep_…, disk_floor); --dry-run only
 * lists it. The collector does the same from time to time.
 */
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "cli.h"
#include "host/host.h"
#include "retain/prune.h"
#include "screen/progress.h"
#include "screen/table.h"
#include "store/reindex.h"

struct prune_options {
	int dry_run, json;
};

const struct options_row prune_options[] = {
    {.name = "--dry-run",
	.help = "removes nothing",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct prune_options, dry_run)},
    {.name = "--json",
	.help = "one object a line; the last is the result",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct prune_options, json)},
    {.name = NULL},
};

static const struct table_column prune_columns[] = {
    {.heading = "LAST SIGN"},
    {.heading = "LIMIT"},
    {.heading = "BYTES", .right = 1},
    {.heading = "WHAT"},
    {.heading = "NAME", .min = 20, .give = 1},
};

static const char *prune_kind(const struct retain_item *item)
{
	switch (item->kind) {
	case RETAIN_STREAM:
		return "stream";
	case RETAIN_CONSOLE:
		return "console";
	default:
		return item->crashed ? "crash" : "session";
	}
}

/* arg: the table, or NULL: as JSON. */
static void prune_print(void *arg, const struct retain_item *item)
{
	struct table *table = arg;
	char text[2048], when[25];
	struct kv_out out;

	progress_hide();
	if (table) {
		table_cell_time(table, item->last_ms);
		table_cell(table, retain_why_name(item->why), SCREEN_PLAIN);
		table_cellf(table, "%llu", (unsigned long long)item->bytes);
		table_cell(table, prune_kind(item), SCREEN_PLAIN);
		table_cell(table, item->name, SCREEN_PLAIN);
		return;
	}
	kv_out_init(&out, text, sizeof(text));
	kv_out_raw(&out, "{");
	json_pair(&out, "name", item->name);
	json_pair(&out, "what", prune_kind(item));
	json_pair(&out, "why", retain_why_name(item->why));
	clock_format(item->last_ms, when);
	json_pair(&out, "last", when);
	json_number(&out, "bytes", (long long)item->bytes);
	printf("%s}\n", out.buf);
}

/* Without a collector the index still has removed sessions, and prune would remove them again. */
static void prune_index(const char *state)
{
	struct err err;

	if (!host_collector_runs(state) && reindex_catch_up(&err, state, cli_report))
		err_print("lastwords", &err);
}

static void prune_text(const struct prune *prune)
{
	printf(
	    "%s%llu removed, %llu byte%s; %llu session%s stored, %llu of them crashes, %llu byte%s\n",
	    prune->dry_run ? "would be: " : "", (unsigned long long)prune->removed,
	    (unsigned long long)prune->removed_bytes, cli_plural(prune->removed_bytes),
	    (unsigned long long)prune->sessions, cli_plural(prune->sessions),
	    (unsigned long long)prune->crashes, (unsigned long long)prune->bytes,
	    cli_plural(prune->bytes));
	if (prune->compacted.files)
		printf("journal: %llu line%s, %llu byte%s of %u file%s\n",
		    (unsigned long long)prune->compacted.lines, cli_plural(prune->compacted.lines),
		    (unsigned long long)prune->compacted.bytes, cli_plural(prune->compacted.bytes),
		    prune->compacted.files, cli_plural(prune->compacted.files));
}

static void prune_json(const struct prune *prune)
{
	char text[1024];
	struct kv_out out;

	kv_out_init(&out, text, sizeof(text));
	kv_out_raw(&out, "{");
	json_key(&out, "dry_run");
	kv_out_raw(&out, prune->dry_run ? "true" : "false");
	json_number(&out, "removed", (long long)prune->removed);
	json_number(&out, "removed_bytes", (long long)prune->removed_bytes);
	json_number(&out, "sessions", (long long)prune->sessions);
	json_number(&out, "crashes", (long long)prune->crashes);
	json_number(&out, "streams", (long long)prune->streams);
	json_number(&out, "bytes", (long long)prune->bytes);
	json_number(&out, "journal_lines", (long long)prune->compacted.lines);
	json_number(&out, "journal_bytes", (long long)prune->compacted.bytes);
	printf("%s}\n", out.buf);
}

/* Removes, and prints what; the result is in prune. 0/-1. */
static int prune_all(struct err *err, struct cli *cli, struct prune *prune, int json)
{
	struct table *table = NULL;
	struct err table_err;
	int rc;

	if (!json && !(table = table_begin(err, &cli->screen, prune_columns,
			   sizeof(prune_columns) / sizeof(prune_columns[0]))))
		return -1;
	prune->arg = table;
	progress_begin("prune");
	prune_index(cli->config.state);
	rc = prune_run(err, prune);
	if (rc == 0 && !prune->dry_run)
		prune_index(cli->config.state);
	progress_end();
	if (table_end(&table_err, table) && rc == 0)
		rc = err_set(err, "%s", table_err.msg);
	return rc;
}

int cmd_prune(struct cli *cli, int argc, char **argv)
{
	struct prune prune = {.chosen = prune_print, .report = cli_report, .always_compact = 1};
	struct prune_options options = {.json = 0};
	struct err err;
	int rc = cli_take(cli, &argc, argv, &options);

	if (rc)
		return rc;
	prune.dry_run = options.dry_run;
	if (cli_load_writing(&err, cli))
		return cli_fail(&err);
	prune.config = &cli->config;
	if (access(cli->config.state, F_OK)) {
		err_errno(&err, "%s", cli->config.state);
		return cli_fail(&err);
	}
	if ((!prune.dry_run && layout_make(&err, cli->config.state)) ||
	    prune_all(&err, cli, &prune, options.json))
		return cli_fail(&err);
	(options.json ? prune_json : prune_text)(&prune);
	if (prune.floor && prune.free < prune.floor)
		fprintf(stderr,
		    "lastwords: %llu MB free, less than disk_floor = %llu MB; make room if this persists\n",
		    (unsigned long long)(prune.free >> 20),
		    (unsigned long long)(prune.floor >> 20));
	return CLI_OK;
}
