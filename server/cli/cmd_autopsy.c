/* SPDX-License-Identifier: MIT */
/* lastwords autopsy: what a machine was doing when its kernel died, as its capture kernel sent it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "record/autopsy.h"

/* Line by line: each byte that is not printable ASCII is escaped. */
static void autopsy_print(const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((newline ? newline : end) - text);

		cli_print_bytes(text, n);
		printf("\n");
		text += n + 1;
	}
}

int cmd_autopsy(struct cli *cli, int argc, char **argv)
{
	struct db_session known;
	struct session session;
	char dir[FILE_PATH_MAX], *text;
	struct db *db;
	struct err err;
	size_t len;
	int rc;

	if (argc > 2 || (argc == 2 && argv[1][0] == '-'))
		return cli_usage(argv[0]);
	db = cli_open(&err, cli);
	if (!db)
		return cli_fail(&err);
	rc = cli_find_session(&err, db, argv[1], &known);
	db_close(db);
	if (rc || session_parse(&err, known.id, strlen(known.id), &session) ||
	    layout_session_dir(&err, cli->config.state, &session, LAYOUT_LOOK, dir))
		return cli_fail(&err);
	text = autopsy_read(dir, &len);
	if (!text) {
		err_set(&err, "session %s has no autopsy; the profile's key autopsy turns it on",
		    known.id);
		return cli_fail(&err);
	}
	autopsy_print(text, len);
	free(text);
	return CLI_OK;
}
