/* SPDX-License-Identifier: MIT */
/*
 * lastwords reindex: makes the index again from the journal and the session files. A collector that
 * runs notices that its index is gone and goes on with the new one; both may write, each entry is
 * applied once, since the place in the journal is kept in the same transaction.
 */
#include <stdio.h>
#include <unistd.h>

#include "cli.h"
#include "cli/fsck/reindex.h"

int cmd_reindex(struct cli *cli, int argc, char **argv)
{
	struct err err;
	long done;

	if (argc > 1)
		return cli_usage(argv[0]);
	if (cli_load_writing(&err, cli))
		return cli_fail(&err);
	/* A state that is not there is a wrong path, not an empty index. */
	if (access(cli->config.state, W_OK)) {
		err_errno(&err, "%s", cli->config.state);
		return cli_fail(&err);
	}
	if (reindex_state(&err, cli->config.state, 1, cli_report, &done))
		return cli_fail(&err);
	printf("%s/index.db: made again from %ld entries\n", cli->config.state, done);
	return CLI_OK;
}
