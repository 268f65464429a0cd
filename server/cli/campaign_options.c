/* SPDX-License-Identifier: MIT */
/* campaign_options: the command lines of repro and bisect; see campaign_options.h. */
#include "campaign_options.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/host.h"

struct campaign_options {
	const char *text[CAMPAIGN_KEYS];
	char targets[2048]; /* of all --target, with commas */
	char script[PATH_MAX]; /* whole, as a campaign may be resumed from elsewhere */
	const char *resume;
	int json;
};

static int options_target(struct err *err, void *field, const char *value)
{
	char *targets = field;
	size_t len = strlen(targets), size = sizeof(((struct campaign_options *)0)->targets);

	if (len + strlen(value) + 2 > size)
		return err_set(err, "--target: too many names");
	snprintf(targets + len, size - len, "%s%s", len ? "," : "", value);
	return 0;
}

#define TEXT(key) .kind = OPTIONS_TEXT, .field = offsetof(struct campaign_options, text[key])

/* clang-format off */
/* Rows that both commands have: on what it runs, */
#define WHERE_ROWS \
    {.name = "--target", .value = "TARGET,...", .required = 1, \
	.help = "on these targets, side by side; can be repeated", .kind = OPTIONS_CALL, \
	.call = options_target, .field = offsetof(struct campaign_options, targets)}, \
    {.name = "--profile", .value = "PROFILE", .required = 1, \
	.help = "boots with this profile", TEXT(CAMPAIGN_PROFILE)}

/* what makes it crash and which crash counts, */
#define CRASH_ROWS \
    {.name = "--trigger", .value = "sysrq|nmi|KIND|none", \
	.help = "what makes it crash (none: it does so by itself)", TEXT(CAMPAIGN_TRIGGER)}, \
    {.name = "--script", .value = "FILE", \
	.help = "runs this inside the machine instead", TEXT(CAMPAIGN_SCRIPT)}, \
    {.name = "--after", .value = "SECONDS", \
	.help = "from running to sysrq or NMI (5)", TEXT(CAMPAIGN_AFTER)}, \
    {.name = "--timeout", .value = "SECONDS", \
	.help = "without a crash for so long it has survived (600)", TEXT(CAMPAIGN_TIMEOUT)}, \
    {.name = "--boot-timeout", .value = "SECONDS", \
	.help = "until it must be running (600)", TEXT(CAMPAIGN_BOOT_TIMEOUT)}, \
    {.name = "--expect", .value = "SIGNATURE", \
	.help = "only this crash counts", TEXT(CAMPAIGN_EXPECT)}

/* and what becomes of the result. */
#define RESULT_ROWS \
    {.name = "--json", .help = "the result as one object", .kind = OPTIONS_FLAG, \
	.field = offsetof(struct campaign_options, json)}, \
    {.name = "--resume", .value = "ID", .help = "goes on with a campaign", \
	.kind = OPTIONS_TEXT, .field = offsetof(struct campaign_options, resume)}
/* clang-format on */

const struct options_row repro_options[] = {
    WHERE_ROWS,
    {.name = "--runs", .value = "N", .help = "runs with a verdict (20)", TEXT(CAMPAIGN_RUNS)},
    CRASH_ROWS,
    {.name = "--stop-after",
	.value = "K",
	.help = "ends after so many runs that struck",
	TEXT(CAMPAIGN_STOP_AFTER)},
    {.name = "--width",
	.value = "PERCENT",
	.help = "ends when the 95 % interval is so narrow (10)",
	TEXT(CAMPAIGN_WIDTH)},
    {.name = "--rate",
	.value = "K/N",
	.help = "how often a bad kernel struck: ends when it is decided",
	TEXT(CAMPAIGN_RATE)},
    RESULT_ROWS,
    {.name = NULL},
};

const struct options_row bisect_options[] = {
    WHERE_ROWS,
    {.name = "--images",
	.value = "IMAGE,...",
	.help = "candidates, from good to bad",
	TEXT(CAMPAIGN_IMAGES)},
    {.name = "--git",
	.value = "REPO",
	.help = "or the commits of this repository",
	TEXT(CAMPAIGN_GIT)},
    {.name = "--build",
	.value = "COMMAND",
	.help = "which this command builds",
	TEXT(CAMPAIGN_BUILD)},
    {.name = "--good", .value = "COMMIT", .help = "a good commit or image", TEXT(CAMPAIGN_GOOD)},
    {.name = "--bad", .value = "COMMIT", .help = "a bad one", TEXT(CAMPAIGN_BAD)},
    {.name = "--build-time",
	.value = "MINUTES",
	.help = "what a build takes (30)",
	TEXT(CAMPAIGN_BUILD_TIME)},
    {.name = "--confirm",
	.value = "N",
	.help = "verdicts on the culprit and its parent (5)",
	TEXT(CAMPAIGN_CONFIRM)},
    {.name = "--runs", .value = "N", .help = "at most so many (200)", TEXT(CAMPAIGN_RUNS)},
    {.name = "--rate",
	.value = "K/N",
	.help = "how often a bad kernel struck",
	TEXT(CAMPAIGN_RATE)},
    CRASH_ROWS,
    RESULT_ROWS,
    {.name = NULL},
};

/* 0, or an exit code of wrong usage, which was printed. */
static int options_take_line(
    struct cli *cli, int argc, char **argv, struct campaign_options *options)
{
	memset(options, 0, sizeof(*options));
	if (argc > 1)
		return cli_take(cli, &argc, argv, options);
	return cli_usage(argv[0]);
}

/*
 * Reads the configuration, and the options into a new campaign or over those of the one that is resumed. A
 * server must run. bisection: which kind it must be. 0/-1.
 */
static int options_take(struct err *err, struct cli *cli, struct campaign_options *options,
    struct campaign *campaign, int bisection)
{
	if (cli_load_writing(err, cli))
		return -1;
	if (options->resume && campaign_load(err, campaign, cli->config.state, options->resume))
		return -1;
	if (options->targets[0])
		options->text[CAMPAIGN_TARGET] = options->targets;
	if (options->text[CAMPAIGN_SCRIPT]) {
		if (!realpath(options->text[CAMPAIGN_SCRIPT], options->script))
			return err_errno(err, "--script: %s", options->text[CAMPAIGN_SCRIPT]);
		options->text[CAMPAIGN_SCRIPT] = options->script;
	}
	for (int i = 0; i < CAMPAIGN_KEYS; i++)
		if (options->text[i] &&
		    campaign_set(err, campaign, (enum campaign_key)i, options->text[i]))
			return -1;
	if (campaign_parse(err, campaign))
		return -1;
	if (bisection && !campaign_is_bisection(campaign))
		return err_set(err, options->resume
					? "this campaign is not a bisection; use lastwords repro"
					: "nothing to bisect; give --images or --git");
	if (!bisection && campaign_is_bisection(campaign))
		return err_set(err, "this campaign is a bisection; use lastwords bisect");
	return host_wait_for_server(err, cli->config.state);
}

int campaign_options_run(
    struct cli *cli, int argc, char **argv, const struct campaign_command *command)
{
	struct campaign_options options;
	struct campaign campaign;
	struct farm farm;
	struct err err;
	int rc;

	if (options_take_line(cli, argc, argv, &options))
		return command->usage;
	campaign_init(&campaign);
	if (options_take(&err, cli, &options, &campaign, command->bisection) ||
	    farm_open(&err, &farm, &cli->config, campaign.text[CAMPAIGN_TARGET],
		campaign.text[CAMPAIGN_PROFILE], options.resume != NULL)) {
		err_print("lastwords", &err);
		rc = command->failed;
	} else {
		rc = command->run(&campaign, &farm, options.json);
	}
	campaign_free(&campaign);
	return rc;
}
