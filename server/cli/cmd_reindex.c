/* SPDX-License-Identifier: MIT */
/*
 * lastwords reindex: makes the index again from the journal and the session files. A running collector
 * notices that its index was removed and continues with the new one. Both may write: the position in the
 * journal is part of each transaction, so each entry is applied once.
 */
#include <stdio.h>
#include <unistd.h>

#include "cli.h"
#include "reindex.h"

int cmd_reindex(struct cli *cli, int argc, char **argv)
{
	struct err err;
	long done;

	if (argc > 1)
		return cli_usage(argv[0]);
	if (cli_load_writing(&err, cli))
		return cli_fail(&err);
	/* A state directory that does not exist is a wrong path, not an empty index. */
	if (access(cli->config.state, W_OK)) {
		err_errno(&err, "%s", cli->config.state);
		return cli_fail(&err);
	}
	if (reindex_state(&err, cli->config.state, 1, cli_report, &done))
		return cli_fail(&err);
	printf("%s/index.db: made again from %ld entries\n", cli->config.state, done);
	return CLI_OK;
}
