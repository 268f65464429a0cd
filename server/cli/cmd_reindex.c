/* SPDX-License-Identifier: MIT */
/*
 * lastwords reindex: makes the index again from the journal and the session files. A running collector
 * notices that its index was removed and continues with the new one. Both may write: the position in the
 * journal is part of each transaction, so each entry is applied once.
 */
#include <stdio.h>
#include <unistd.h>

#include "cli.h"
#include "screen/progress.h"
#include "store/reindex.h"

static void reindex_progress(long done)
{
	progress_set((unsigned long long)done, 0, "entries");
}

int cmd_reindex(struct cli *cli, int argc, char **argv)
{
	struct err err;
	long done;
	int rc = cli_take(cli, &argc, argv, NULL);

	if (rc)
		return rc;
	if (cli_load_writing(&err, cli))
		return cli_fail(&err);
	/* A state directory that does not exist is a wrong path, not an empty index. */
	if (access(cli->config.state, W_OK)) {
		err_errno(&err, "%s", cli->config.state);
		return cli_fail(&err);
	}
	progress_begin("reindex");
	rc = reindex_state(&err, cli->config.state, cli_report, reindex_progress, &done);
	progress_end();
	if (rc)
		return cli_fail(&err);
	printf("%s/index.db: made again from %ld entr%s\n", cli->config.state, done,
	    done == 1 ? "y" : "ies");
	return CLI_OK;
}
