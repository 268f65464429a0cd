/* SPDX-License-Identifier: MIT */
/*
 * lastwords prune: removes now what exceeds the configuration's limits (keep_…, disk_floor); --dry-run only
 * lists it. The collector does the same from time to time.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "reindex.h"
#include "retain/prune.h"

static void prune_print(void *arg, const struct retain_item *item)
{
	(void)arg;
	cli_print_time(item->last_ms);
	printf("  %-15s %10llu bytes  %s%s", retain_why_name(item->why),
	    (unsigned long long)item->bytes, item->crashed ? "crash " : "",
	    item->kind == RETAIN_STREAM ? "stream " : "");
	cli_print_safe(item->name);
	printf("\n");
}

/* Without a collector the index still has removed sessions, and prune would remove them again. */
static void prune_index(const char *state)
{
	struct err err;

	if (!cli_collector_runs(state) && reindex_catch_up(&err, state, cli_report))
		err_print("lastwords", &err);
}

int cmd_prune(struct cli *cli, int argc, char **argv)
{
	struct prune prune = {.chosen = prune_print, .report = cli_report, .always_compact = 1};
	struct err err;

	if (argc > 2 || (argc == 2 && strcmp(argv[1], "--dry-run") != 0))
		return cli_usage(argv[0]);
	prune.dry_run = argc == 2;
	if (cli_load_writing(&err, cli))
		return cli_fail(&err);
	prune.config = &cli->config;
	if (access(cli->config.state, F_OK)) {
		err_errno(&err, "%s", cli->config.state);
		return cli_fail(&err);
	}
	if (!prune.dry_run && layout_make(&err, cli->config.state))
		return cli_fail(&err);
	prune_index(cli->config.state);
	if (prune_run(&err, &prune))
		return cli_fail(&err);
	if (!prune.dry_run)
		prune_index(cli->config.state);
	printf(
	    "%s%llu removed, %llu bytes; %llu sessions stored, %llu of them crashes, %llu bytes\n",
	    prune.dry_run ? "would be: " : "", (unsigned long long)prune.removed,
	    (unsigned long long)prune.removed_bytes, (unsigned long long)prune.sessions,
	    (unsigned long long)prune.crashes, (unsigned long long)prune.bytes);
	if (prune.compacted.files)
		printf("journal: %llu lines, %llu bytes of %u file%s\n",
		    (unsigned long long)prune.compacted.lines,
		    (unsigned long long)prune.compacted.bytes, prune.compacted.files,
		    prune.compacted.files == 1 ? "" : "s");
	if (prune.floor && prune.free < prune.floor)
		fprintf(stderr,
		    "lastwords: %llu MB free, less than disk_floor = %llu MB; make room if this persists\n",
		    (unsigned long long)(prune.free >> 20),
		    (unsigned long long)(prune.floor >> 20));
	return CLI_OK;
}
