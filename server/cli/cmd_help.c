/* SPDX-License-Identifier: MIT */
/* lastwords help: the commands, or one of them. */
#include <stdio.h>

#include "cli.h"

static void help_list(void)
{
	printf(
	    "usage: lastwords [-c FILE] [--local-time|--utc] [--color WHEN] [--no-pager] COMMAND "
	    "[ARGUMENT...]\n\n");
	for (const struct cli_command *c = cli_commands; c->name; c++)
		printf("  %-13s%s\n", c->name, c->summary);
	printf(
	    "\n"
	    "-c FILE names the configuration; else $LASTWORDS_CONF, else /etc/lastwords/lastwords.conf.\n"
	    "--local-time and --utc print absolute times, of this machine's time zone or UTC.\n"
	    "--color auto|always|never, --no-pager: terminals get colours and a pager.\n"
	    "`lastwords help COMMAND` lists a command's options; lastwords(1) has all.\n"
	    "Exit code: 0 done, 1 failed or nothing found, 2 usage.\n");
}

int cmd_help(struct cli *cli, int argc, char **argv)
{
	const struct cli_command *command;
	struct err err;
	int rc = cli_take(cli, &argc, argv, NULL);

	if (rc)
		return rc;
	if (argc < 2) {
		help_list();
		return CLI_OK;
	}
	command = cli_find_command(argv[1]);
	if (!command) {
		err_set(&err, "unknown command \"%.60s\"; lastwords help lists them", argv[1]);
		cli_fail(&err);
		return CLI_USAGE;
	}
	cli_help_command(stdout, command);
	return CLI_OK;
}
