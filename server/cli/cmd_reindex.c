/* SPDX-License-Identifier: MIT */
/*
 * lastwords reindex: makes the index again from the journal and the session files. A collector that
 * runs notices that its index is gone and goes on with the new one; both may write, each entry is
 * applied once, since the place in the journal is kept in the same transaction.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "clock.h"
#include "fsck.h"
#include "index.h"

enum { REINDEX_STEP = 1000, REINDEX_TELL_MS = 1000 };

static int reindex_remove(struct err *err, const char *state)
{
	static const char *const names[] = {"index.db", "index.db-wal", "index.db-shm"};
	char path[STATE_PATH_MAX];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (state_path(err, state, names[i], path))
			return -1;
		if (unlink(path) && errno != ENOENT)
			return err_errno(err, "%s", path);
	}
	return 0;
}

int reindex_state(struct err *err, const char *state, int quiet, long *done)
{
	int64_t told = clock_now();
	struct index index;
	long n;

	*done = 0;
	if (reindex_remove(err, state) || index_open(err, state, &index))
		return -1;
	while ((n = index_step(err, &index, REINDEX_STEP)) > 0) {
		*done += n;
		if (!quiet && clock_now() - told >= REINDEX_TELL_MS) {
			fprintf(stderr, "lastwords: %ld entries so far\n", *done);
			told = clock_now();
		}
	}
	index_close(&index);
	return n < 0 ? -1 : 0;
}

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
	if (reindex_state(&err, cli->config.state, 0, &done))
		return cli_fail(&err);
	printf("%s/index.db: made again from %ld entries\n", cli->config.state, done);
	return CLI_OK;
}
