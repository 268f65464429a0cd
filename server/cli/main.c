/* SPDX-License-Identifier: MIT */
/* lastwords: the command-line program: finds the command and runs it. */
#include <stdio.h>
#include <string.h>

#include "cli.h"

const struct cli_command cli_commands[] = {
    {"serve", "", "runs lighttpd and the collector in the foreground", cmd_serve},
    {"sessions", "[-n COUNT] [PART]", "lists sessions, newest first", cmd_sessions},
    {"crashes",
	"[--group] [--since 2d|DATE] [--machine MAC|SERIAL|NAME] [--json] [-n COUNT] [PART]",
	"lists crashes, newest first; --group: those of one signature as one", cmd_crashes},
    {"show", "[-n LINES] [--json] [SESSION|MAC]",
	"shows one session: machine, crash, events, last lines", cmd_show},
    {"autopsy", "[SESSION|MAC]", "prints what the machine was doing when its kernel died",
	cmd_autopsy},
    {"export", "SESSION|MAC|SIGNATURE... [--output FILE|DIR]", "writes sessions as a tar",
	cmd_export},
    {"keep", "SESSION|MAC [--clear]", "marks a session, so that it is never removed", cmd_keep},
    {"fleet", "[--json]", "counts the armed machines, and lists why the others are not", cmd_fleet},
    {"tail", "[-f] [-n LINES] [SESSION|MAC]", "prints the end of a netconsole log; -f follows it",
	cmd_tail},
    {"title", "[FILE]", "prints class, title and signature of a kernel log", cmd_title},
    {"check", "", "finds errors in the configuration before a machine boots", cmd_check},
    {"image", "OPTION...", "makes an image, or measures one; see lastwords image --help",
	cmd_image},
    {"explain", "MAC [FIELD=VALUE...]", "shows which rule matches a machine, why, and its script",
	cmd_explain},
    {"machine", "MAC [--profile P] [--once] [--args ARGS] [--script FILE] [--clear]",
	"sets a profile, arguments or a script for one machine, or shows them", cmd_machine},
    {"machines", "[--json]", "lists machines: newest session, and what is set", cmd_machines},
    {"dhcp-config", "dnsmasq|isc-dhcpd|proxy|pxelinux", "prints a DHCP server's configuration",
	cmd_dhcp_config},
    {"console",
	"[TARGET [--read] [--steal] [-n LINES] [--seconds S] | TARGET|SESSION --log|--replay [--from T] [--to T]]",
	"attaches to a console, or prints what it has printed; alone: lists all", cmd_console},
    {"drill", "MAC [--after SECONDS] [--cancel]", "fire drill: makes the next boot panic",
	cmd_drill},
    {"power",
	"[TARGET|MAC on|off|cycle|reset|nmi|status|pxe] [--efi|--bios] [--timeout SECONDS] [--json]",
	"switches a target, or lists all with their power", cmd_power},
    {"repro",
	"--target NAME... --profile P [--runs N] [--trigger sysrq|nmi|KIND|none] [--script FILE] [--after SECONDS] "
	"[--timeout SECONDS] [--boot-timeout SECONDS] [--expect SIGNATURE] [--stop-after K] "
	"[--width PERCENT] [--rate K/N] [--json] [--resume ID]",
	"boots targets again and again, and measures how often a crash strikes", cmd_repro},
    {"bisect",
	"--target NAME... --profile P (--images LIST | --git REPO --build CMD) [--good A] [--bad B] "
	"[--build-time MINUTES] [--confirm N] [--runs N] [--rate K/N] [--expect SIGNATURE] "
	"[--trigger sysrq|nmi|KIND|none] [--script FILE] [--after SECONDS] [--timeout SECONDS] [--boot-timeout SECONDS] "
	"[--json] [--resume ID]",
	"finds the first kernel in which a crash strikes that strikes only sometimes", cmd_bisect},
    {"qualify", "TARGET [--profile P,P...] [--rounds N] [--after S] [--boot-timeout S] [--json]",
	"fire drills on a real machine: what of arming, link, memory and channels works",
	cmd_qualify},
    {"prune", "[--dry-run]", "removes what exceeds the configuration's limits", cmd_prune},
    {"fsck", "[--repair]", "finds and repairs what a power cut or a kill left", cmd_fsck},
    {"metrics", "", "prints the content of /metrics, for Prometheus", cmd_metrics},
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
	    "/etc/lastwords/lastwords.conf. Exit code: 0 done, 1 failed or nothing found, 2 usage.\n");
}

/* Output that could not be written is a failure. */
static int flush(int rc)
{
	struct err err;

	if (fflush(stdout))
		err_errno(&err, "standard output");
	else if (ferror(stdout))
		err_set(&err, "standard output: write error");
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
	fprintf(stderr, "lastwords: unknown command \"%s\"; see lastwords --help\n", argv[at]);
	return CLI_USAGE;
}
