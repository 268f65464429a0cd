/* SPDX-License-Identifier: MIT */
/* lastwords show: one session, as text or as JSON. */
#include <getopt.h>
#include <stdio.h>

#include "base/num.h"
#include "cli.h"
#include "session_json.h"

int cmd_show(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	struct db_session session;
	struct db *db;
	struct err err;
	int lines = 20, json = 0, rc, opt;

	optind = 1;
	while ((opt = getopt_long(argc, argv, "+n:", options, NULL)) != -1) {
		if (opt == 'j')
			json = 1;
		else if (opt != 'n')
			return cli_usage(argv[0]);
		else if (num_int(&err, "-n", optarg, 0, 10000000, &lines))
			return cli_fail(&err);
	}
	if (argc - optind > 1)
		return cli_usage(argv[0]);
	db = cli_open(&err, cli);
	if (!db)
		return cli_fail(&err);
	rc = cli_find_session(&err, db, argv[optind], &session);
	if (rc == 0)
		rc = json ? session_json_write(&err, stdout, cli->config.state, db, &session)
			  : show_session(&err, cli, db, &session, lines);
	db_close(db);
	return rc ? cli_fail(&err) : CLI_OK;
}
