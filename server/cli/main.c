/* SPDX-License-Identifier: MIT */
/* lastwords: the command-line program: finds the command and runs it. */
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "screen/pager.h"
#include "screen/progress.h"

/* Output that could not be written is a failure, unless it went to a pager that was left. */
static int main_flush(int rc)
{
	struct err err;

	err.msg[0] = '\0';
	if (fflush(stdout))
		err_errno(&err, "standard output");
	else if (ferror(stdout))
		err_set(&err, "standard output: write error");
	if (pager_end() || !err.msg[0])
		return rc;
	return cli_fail(&err);
}

/* Its arguments are its own, whatever they look like. */
static int main_is_opaque(const char *command)
{
	return strcmp(command, "image") == 0 || strcmp(command, "completion") == 0;
}

/* Takes --local-time, --utc, --no-pager, --color out of argv, wherever they stand. 0/-1. */
static int main_screen(struct err *err, int *argc, char **argv, struct screen_options *options)
{
	int to = 1, ended = 0, command = 0;

	for (int at = 1; at < *argc; at++) {
		const char *arg = argv[at], *colour = NULL;

		if (!command && arg[0] != '-' && strcmp(argv[at - 1], "-c") != 0) {
			command = 1;
			ended = main_is_opaque(arg);
		}
		ended |= strcmp(arg, "--") == 0;
		if (!ended && strcmp(arg, "--local-time") == 0)
			options->local = 1;
		else if (!ended && strcmp(arg, "--utc") == 0)
			options->utc = 1;
		else if (!ended && strcmp(arg, "--no-pager") == 0)
			options->no_pager = 1;
		else if (!ended && strncmp(arg, "--color=", 8) == 0)
			colour = arg + 8;
		else if (!ended && strcmp(arg, "--color") == 0 && at + 1 < *argc)
			colour = argv[++at];
		else
			argv[to++] = argv[at];
		if (colour && screen_parse_when(err, colour, &options->colour))
			return -1;
	}
	*argc = to;
	return options->local && options->utc
		   ? err_set(err, "--local-time and --utc; give one of them")
		   : 0;
}

/* "--help" among the arguments. */
static int main_wants_help(int argc, char **argv)
{
	if (main_is_opaque(argv[0]) &&
	    (argc < 2 || strcmp(argv[0], "image") == 0 || strcmp(argv[1], "words") == 0))
		return 0;
	if (argc > 1 && strcmp(argv[1], "-h") == 0)
		return 1;
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0)
			return 1;
	return 0;
}

static int main_run(struct cli *cli, int argc, char **argv)
{
	int rc;

	if (main_wants_help(argc, argv)) {
		cli_help_command(stdout, cli->command);
		return main_flush(CLI_OK);
	}
	if (cli->command->paged)
		pager_begin(&cli->screen);
	rc = cli->command->run(cli, argc, argv);
	progress_end();
	config_free(&cli->config);
	return main_flush(rc);
}

/* -c FILE before the command. The index of the command in argv, or -1. */
static int main_conf(struct err *err, struct cli *cli, int argc, char **argv)
{
	int at = 1;

	for (; at < argc && strncmp(argv[at], "-c", 2) == 0; at++) {
		if (argv[at][2])
			cli->conf = argv[at] + 2;
		else if (at + 1 < argc)
			cli->conf = argv[++at];
		else
			return err_set(err, "missing value; write -c FILE");
	}
	return at;
}

int main(int argc, char **argv)
{
	static char help[] = "help";
	char *help_argv[] = {help, NULL};
	struct screen_options options = {.colour = SCREEN_AUTO};
	struct cli cli = {.conf = NULL};
	struct err err;
	int at;

	if (main_screen(&err, &argc, argv, &options) ||
	    (at = main_conf(&err, &cli, argc, argv)) < 0) {
		cli_fail(&err);
		return CLI_USAGE;
	}
	screen_open(&cli.screen, &options);
	times_read_local(options.local);
	if (at >= argc) {
		fprintf(stderr,
		    "usage: lastwords [-c FILE] COMMAND [ARGUMENT...]; lastwords help lists the commands\n");
		return CLI_USAGE;
	}
	if (strcmp(argv[at], "--help") == 0 || strcmp(argv[at], "-h") == 0) {
		cli.command = cli_find_command(help);
		return main_run(&cli, 1, help_argv);
	}
	if (strcmp(argv[at], "--version") == 0) {
		printf("lastwords %s\n", LASTWORDS_VERSION);
		return main_flush(CLI_OK);
	}
	cli.command = cli_find_command(argv[at]);
	if (!cli.command) {
		err_set(&err, "unknown command \"%.60s\"; see lastwords --help", argv[at]);
		cli_fail(&err);
		return CLI_USAGE;
	}
	return main_run(&cli, argc - at, argv + at);
}
