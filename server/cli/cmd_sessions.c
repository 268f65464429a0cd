/* SPDX-License-Identifier: MIT */
/* lastwords sessions: one line for each session in the index, newest first. */
#include <stdio.h>
#include <unistd.h>

#include "base/num.h"
#include "cli.h"

static int list_session(void *arg, const struct db_session *session)
{
	(void)arg;
	cli_print_time(session->requested_ms);
	printf("  %s  %-20s ", session->mac, session_state_name(session->state));
	cli_print_safe(session->id);
	if (session->title[0]) {
		printf("  ");
		cli_print_safe(session->title);
	} else if (session->why[0]) {
		printf("  not armed: ");
		cli_print_safe(session->why);
	}
	printf("\n");
	return 0;
}

int cmd_sessions(struct cli *cli, int argc, char **argv)
{
	struct db_query query = {.limit = 50};
	struct db *db;
	struct err err;
	long count;
	int opt;

	optind = 1;
	while ((opt = getopt(argc, argv, "+n:")) != -1) {
		if (opt != 'n')
			return cli_usage(argv[0]);
		if (num_int(&err, "-n", optarg, 1, 1000000, &query.limit))
			return cli_fail(&err);
	}
	if (argc - optind > 1)
		return cli_usage(argv[0]);
	query.like = argv[optind];
	db = cli_open(&err, cli);
	if (!db)
		return cli_fail(&err);
	count = db_sessions(&err, db, &query, list_session, NULL);
	db_close(db);
	if (count < 0)
		return cli_fail(&err);
	if (count == 0)
		fprintf(stderr, "lastwords: no sessions found\n");
	return count ? CLI_OK : CLI_FAILED;
}
