/* SPDX-License-Identifier: MIT */
/*
 * lastwords-relay: this server's part in the central database (relay.h), and what `lastwords central` does there. Of
 * all programs only this one is linked with libpq.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "commands.h"
#include "daemon.h"

static const char program_name[] = "lastwords-relay";

static const struct {
	const char *name, *help;
	int (*run)(struct err *err, struct command *command);
} relay_commands[] = {
    {"init", "makes roles and tables, as an administrator", command_init},
    {"ask", "answers a query: JSON on standard input and output", command_ask},
    {"upgrade", "brings the tables to this version", command_upgrade},
    {"status", "prints how far events are there, and the other servers", command_status},
    {"adopt", "the journal was restored from a backup, and is the only one", command_adopt},
    {"new-id", "this STATE was copied: makes it another server", command_new_id},
    {"revoke", "takes nothing more from a server", command_revoke},
};
enum { COMMANDS = sizeof(relay_commands) / sizeof(relay_commands[0]) };

static int usage(FILE *out)
{
	fprintf(out,
	    "usage: %s [-c FILE] [COMMAND [ARGUMENT...]]\n"
	    "  -c FILE          the configuration file (default: $LASTWORDS_CONF, "
	    "/etc/lastwords/lastwords.conf)\n"
	    "  --as CONNINFO    of init, upgrade, revoke: connect so, instead of by central\n"
	    "  --keep MONTHS    of init: how long the database keeps (0: for ever)\n"
	    "  --json           of status: JSON\n"
	    "  --within MS      of ask: not longer until it is connected\n"
	    "  --help           print this text\n"
	    "commands; without one it sends this server's events:\n",
	    program_name);
	for (int i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-16s %s\n", relay_commands[i].name, relay_commands[i].help);
	return out == stdout ? RELAY_OK : RELAY_USAGE;
}

/* One option. 0, or -1: usage. */
static int relay_option(
    struct err *err, struct command *command, const char **file, int c, const char *value)
{
	switch (c) {
	case 'c':
		*file = value;
		return 0;
	case 'a':
		command->as = value;
		return 0;
	case 'k':
		return num_int(err, "--keep", value, 0, 1200, &command->keep);
	case 'w':
		return num_int(err, "--within", value, 1, 3600000, &command->within);
	case 'j':
		command->json = 1;
		return 0;
	default:
		return err_set(err, "see %s --help", program_name);
	}
}

static int relay_run(struct err *err, struct command *command, const char *name)
{
	for (int i = 0; name && i < COMMANDS; i++)
		if (strcmp(relay_commands[i].name, name) == 0)
			return relay_commands[i].run(err, command);
	if (!name)
		return daemon_run(err, command->config) ? RELAY_FAILED : RELAY_OK;
	err_set(err, "unknown command %s; see %s --help", name, program_name);
	return RELAY_USAGE;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"help", no_argument, NULL, 'h'},
	    {"as", required_argument, NULL, 'a'}, {"keep", required_argument, NULL, 'k'},
	    {"json", no_argument, NULL, 'j'}, {"within", required_argument, NULL, 'w'}, {0}};
	struct command command = {.keep = -1};
	const char *file = NULL;
	struct config config;
	struct err err;
	int c, rc;

	while ((c = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
		if (c == 'h')
			return usage(stdout);
		if (c == '?')
			return usage(stderr);
		if (relay_option(&err, &command, &file, c, optarg)) {
			err_print(program_name, &err);
			return RELAY_USAGE;
		}
	}
	if (config_load(&err, config_path(file), &config)) {
		err_print(program_name, &err);
		return RELAY_FAILED;
	}
	command.config = &config;
	command.argc = argc - optind - (optind < argc);
	command.argv = argv + optind + (optind < argc);
	rc = relay_run(&err, &command, argv[optind]);
	if (rc != RELAY_OK)
		err_print(program_name, &err);
	config_free(&config);
	return rc;
}
