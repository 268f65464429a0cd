/* SPDX-License-Identifier: MIT */
/*
 * lastwords fsck: finds what a power cut or a kill left in the state directory, one line each; --repair repairs
 * it. Exit code 0: nothing found, or all repaired; 1: something is left; 2: usage.
 */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "cli.h"
#include "fsck/fsck.h"
#include "host/host.h"
#include "screen/print.h"
#include "screen/progress.h"

struct fsck_options {
	int repair, json;
};

const struct options_row fsck_options[] = {
    {.name = "--repair",
	.help = "repairs what was found",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct fsck_options, repair)},
    {.name = "--json",
	.help = "one object a line; the last is the result",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct fsck_options, json)},
    {.name = NULL},
};

static void fsck_print(const char *path, const char *text)
{
	progress_hide();
	print_safe(path);
	printf(": ");
	print_safe(text);
	printf("\n");
}

static void fsck_print_json(const char *path, const char *text)
{
	char line[8 * FILE_PATH_MAX];
	struct kv_out out;

	progress_hide();
	kv_out_init(&out, line, sizeof(line));
	kv_out_raw(&out, "{");
	json_pair(&out, "path", path);
	json_pair(&out, "text", text);
	printf("%s}\n", out.buf);
}

static void fsck_result(const struct fsck *fsck, const char *state, int json)
{
	char line[8 * FILE_PATH_MAX];
	struct kv_out out;

	if (!json) {
		printf("%s: %llu found, %llu repaired%s\n", state, (unsigned long long)fsck->found,
		    (unsigned long long)fsck->repaired,
		    fsck->found > 0 && !fsck->repair ? "; lastwords fsck --repair repairs" : "");
		return;
	}
	kv_out_init(&out, line, sizeof(line));
	kv_out_raw(&out, "{");
	json_pair(&out, "state", state);
	json_number(&out, "found", (long long)fsck->found);
	json_number(&out, "repaired", (long long)fsck->repaired);
	printf("%s}\n", out.buf);
}

int cmd_fsck(struct cli *cli, int argc, char **argv)
{
	struct fsck fsck = {.report = fsck_print, .warn = cli_report};
	struct fsck_options options = {.json = 0};
	const char *state;
	struct stat st;
	struct err err;
	int rc = cli_take(cli, &argc, argv, &options);

	if (rc)
		return rc;
	fsck.repair = options.repair;
	if (options.json)
		fsck.report = fsck_print_json;
	if (cli_load(&err, cli))
		return cli_fail(&err);
	state = cli->config.state;
	/* A state directory that does not exist is a wrong path, not a clean one. */
	if (stat(state, &st)) {
		err_errno(&err, "%s", state);
		return cli_fail(&err);
	}
	progress_begin("fsck");
	if (geteuid() == 0)
		fsck_owner(&fsck, state, st.st_uid, st.st_gid);
	if (cli_become_owner(&err, cli))
		return cli_fail(&err);
	fsck.collector = host_collector_runs(state);
	rc = fsck_run(&err, &fsck, state);
	progress_end();
	if (rc)
		return cli_fail(&err);
	fsck_result(&fsck, state, options.json);
	return fsck.found == fsck.repaired ? CLI_OK : CLI_FAILED;
}
