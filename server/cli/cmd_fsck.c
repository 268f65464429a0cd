/* SPDX-License-Identifier: MIT */
/*
 * lastwords fsck: finds what a power cut or a kill left in the state directory, one line each; --repair repairs
 * it. Exit code 0: nothing found, or all repaired; 1: something is left; 2: usage.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "cli/fsck/fsck.h"

static void fsck_print(const char *path, const char *text)
{
	cli_print_safe(path);
	printf(": ");
	cli_print_safe(text);
	printf("\n");
}

int cmd_fsck(struct cli *cli, int argc, char **argv)
{
	struct fsck fsck = {.repair = argc == 2, .report = fsck_print, .warn = cli_report};
	const char *state;
	struct stat st;
	struct err err;

	if (argc > 2 || (argc == 2 && strcmp(argv[1], "--repair") != 0))
		return cli_usage(argv[0]);
	if (cli_load(&err, cli))
		return cli_fail(&err);
	state = cli->config.state;
	/* A state directory that does not exist is a wrong path, not a clean one. */
	if (stat(state, &st)) {
		err_errno(&err, "%s", state);
		return cli_fail(&err);
	}
	if (geteuid() == 0)
		fsck_owner(&fsck, state, st.st_uid, st.st_gid);
	if (cli_become_owner(&err, cli))
		return cli_fail(&err);
	fsck.collector = cli_collector_runs(state);
	if (fsck_run(&err, &fsck, state))
		return cli_fail(&err);
	printf("%s: %llu found, %llu repaired%s\n", state, (unsigned long long)fsck.found,
	    (unsigned long long)fsck.repaired,
	    fsck.found > 0 && !fsck.repair ? "; lastwords fsck --repair repairs" : "");
	return fsck.found == fsck.repaired ? CLI_OK : CLI_FAILED;
}
