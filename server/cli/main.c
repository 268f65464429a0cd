/* SPDX-License-Identifier: MIT */
/* lastwords: the command-line program. Finds the command and runs it, nothing more. */
#include <stdio.h>
#include <string.h>

#include "cli.h"

const struct cli_command cli_commands[] = {
    {"serve", "", "lighttpd and the collector in the foreground, from one config file", cmd_serve},
    {"sessions", "[-n COUNT] [PART]", "what booted, newest first", cmd_sessions},
    {"crashes",
	"[--group] [--since 2d|DATE] [--machine MAC|SERIAL|NAME] [--json] [-n COUNT] [PART]",
	"what died, newest first; --group: equal crashes as one", cmd_crashes},
    {"show", "[-n LINES] [--json] [SESSION|MAC]", "one session: its way, its crash, its last lines",
	cmd_show},
    {"export", "SESSION|MAC|SIGNATURE... [--output FILE|DIR]", "all that is known of it, as a tar",
	cmd_export},
    {"keep", "SESSION|MAC [--clear]", "marks a session: nothing removes it", cmd_keep},
    {"fleet", "[--json]", "what part of the machines is armed, and why the others are not",
	cmd_fleet},
    {"tail", "[-f] [-n LINES] [SESSION|MAC]", "what netconsole brings, as it comes", cmd_tail},
    {"title", "[FILE]", "class, title and signature of a kernel log", cmd_title},
    {"check", "", "finds what would go wrong on a machine before a machine does", cmd_check},
    {"image", "OPTION...",
	"makes an image from a kernel and its OS's initrd, or measures one; image --help tells",
	cmd_image},
    {"explain", "MAC [FIELD=VALUE...]", "which rule a machine gets, why, and its script",
	cmd_explain},
    {"machine", "MAC [--profile P] [--once] [--args ARGS] [--clear]",
	"sets for one machine what wins over the rules; shows it", cmd_machine},
    {"machines", "[--json]", "every machine: its last boot and what is set for it", cmd_machines},
    {"dhcp-config", "dnsmasq|isc-dhcpd|proxy|pxelinux",
	"what the DHCP server must say, for this server", cmd_dhcp_config},
    {"drill", "MAC [--after SECONDS] [--cancel]",
	"fire drill: the machine's next boot panics itself", cmd_drill},
    {"prune", "[--dry-run]", "removes what the limits of the configuration let go", cmd_prune},
    {"fsck", "[--repair]", "finds, and repairs, what a power cut or a kill left behind", cmd_fsck},
    {"metrics", "", "what /metrics says, for Prometheus", cmd_metrics},
    {"reindex", "", "makes the index again from the files", cmd_reindex},
    {NULL, NULL, NULL, NULL},
};

static void help(FILE *out)
{
	fprintf(out, "usage: lastwords [-c FILE] COMMAND [ARGUMENT...]\n\n");
	for (const struct cli_command *c = cli_commands; c->name; c++)
		fprintf(out, "  %-12s%-40s%s%*s%s\n", c->name, c->args,
		    strlen(c->args) > 40 ? "\n" : " ", strlen(c->args) > 40 ? 55 : 0, "",
		    c->summary);
	fprintf(out,
	    "\n-c FILE names the configuration; else $LASTWORDS_CONF, else\n"
	    "/etc/lastwords/lastwords.conf. Exit code: 0 done, 1 failed or none found, 2 usage.\n");
}

/* What could not be printed did not happen. */
static int flush(int rc)
{
	struct err err;

	if (fflush(stdout))
		err_errno(&err, "standard output");
	else if (ferror(stdout))
		err_set(&err, "standard output: not all could be written");
	else
		return rc;
	return cli_fail(&err);
}

int main(int argc, char **argv)
{
	struct cli cli = {.conf = NULL};
	int at = 1, rc = CLI_USAGE;

	if (at + 1 < argc && strcmp(argv[at], "-c") == 0) {
		cli.conf = argv[at + 1];
		at += 2;
	}
	if (at < argc && (strcmp(argv[at], "--help") == 0 || strcmp(argv[at], "-h") == 0 ||
			     strcmp(argv[at], "help") == 0)) {
		help(stdout);
		return CLI_OK;
	}
	if (at >= argc) {
		help(stderr);
		return CLI_USAGE;
	}
	for (const struct cli_command *c = cli_commands; c->name; c++) {
		if (strcmp(c->name, argv[at]) != 0)
			continue;
		/* A command's own -h is its line of help. */
		if (at + 1 < argc && c->run != cmd_image &&
		    (strcmp(argv[at + 1], "--help") == 0 || strcmp(argv[at + 1], "-h") == 0)) {
			printf("usage: lastwords %s%s%s\n%s\n", c->name, c->args[0] ? " " : "",
			    c->args, c->summary);
			return CLI_OK;
		}
		rc = c->run(&cli, argc - at, argv + at);
		config_free(&cli.config);
		return flush(rc);
	}
	fprintf(stderr, "lastwords: no command \"%s\"; see lastwords --help\n", argv[at]);
	return CLI_USAGE;
}
