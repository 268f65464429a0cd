/* SPDX-License-Identifier: MIT */
/* lastwords show: one session, as text or as JSON. */
#include <stdio.h>

#include "cli.h"
#include "export/session_json.h"

struct show_options {
	int lines, json;
};

const struct options_row show_options[] = {
    {.name = "-n",
	.value = "LINES",
	.help = "last lines of the record (20)",
	.kind = OPTIONS_NUMBER,
	.field = offsetof(struct show_options, lines),
	.most = 10000000},
    {.name = "--json",
	.help = "one object, without the record",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct show_options, json)},
    {.name = NULL},
};

int cmd_show(struct cli *cli, int argc, char **argv)
{
	struct show_options options = {.lines = 20};
	struct db_session session;
	struct db *db;
	struct err err;
	int rc = cli_take(cli, &argc, argv, &options);

	if (rc)
		return rc;
	db = cli_open(&err, cli);
	if (!db)
		return cli_fail(&err);
	rc = cli_find_session(&err, db, argc > 1 ? argv[1] : NULL, &session);
	if (rc == 0)
		rc = options.json
			 ? session_json_write(&err, stdout, cli->config.state, db, session.id)
			 : show_session(&err, cli, db, &session, options.lines);
	db_close(db);
	return rc ? cli_fail(&err) : CLI_OK;
}
