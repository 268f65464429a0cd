/* SPDX-License-Identifier: MIT */
/* campaign_options: the command lines of repro and bisect; see campaign_options.h. */
#include "campaign_options.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/option.h"

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

#define TEXT(key) OPTION_TEXT, offsetof(struct campaign_options, text[key]), NULL, NULL

/* Of both commands: options_take refuses those of the other one. */
static const struct option_row options_rows[] = {
    {"--target", NULL, "NAME", OPTION_CALL, offsetof(struct campaign_options, targets), NULL,
	options_target},
    {"--profile", NULL, "P", TEXT(CAMPAIGN_PROFILE)},
    {"--runs", NULL, "N", TEXT(CAMPAIGN_RUNS)},
    {"--trigger", NULL, "T", TEXT(CAMPAIGN_TRIGGER)},
    {"--script", NULL, "FILE", TEXT(CAMPAIGN_SCRIPT)},
    {"--after", NULL, "SECONDS", TEXT(CAMPAIGN_AFTER)},
    {"--timeout", NULL, "SECONDS", TEXT(CAMPAIGN_TIMEOUT)},
    {"--boot-timeout", NULL, "SECONDS", TEXT(CAMPAIGN_BOOT_TIMEOUT)},
    {"--expect", NULL, "SIGNATURE", TEXT(CAMPAIGN_EXPECT)},
    {"--stop-after", NULL, "K", TEXT(CAMPAIGN_STOP_AFTER)},
    {"--width", NULL, "PERCENT", TEXT(CAMPAIGN_WIDTH)},
    {"--rate", NULL, "K/N", TEXT(CAMPAIGN_RATE)},
    {"--good", NULL, "A", TEXT(CAMPAIGN_GOOD)},
    {"--bad", NULL, "B", TEXT(CAMPAIGN_BAD)},
    {"--images", NULL, "LIST", TEXT(CAMPAIGN_IMAGES)},
    {"--git", NULL, "REPO", TEXT(CAMPAIGN_GIT)},
    {"--build", NULL, "CMD", TEXT(CAMPAIGN_BUILD)},
    {"--build-time", NULL, "MINUTES", TEXT(CAMPAIGN_BUILD_TIME)},
    {"--confirm", NULL, "N", TEXT(CAMPAIGN_CONFIRM)},
    {"--resume", NULL, "ID", OPTION_TEXT, offsetof(struct campaign_options, resume), NULL, NULL},
    {"--json", NULL, NULL, OPTION_FLAG, offsetof(struct campaign_options, json), NULL, NULL},
};

/* 0, or -1: wrong usage, which was printed. */
static int options_parse(int argc, char **argv, struct campaign_options *options)
{
	const size_t rows = sizeof(options_rows) / sizeof(options_rows[0]);
	const char *file = NULL;
	struct err err;

	memset(options, 0, sizeof(*options));
	if (argc > 1 && option_parse(&err, argc, argv, options_rows, rows, options, &file) == 0 &&
	    !file)
		return 0;
	if (file)
		err_set(
		    &err, "unexpected argument \"%.80s\"; name targets with --target A,B", file);
	if (argc > 1)
		err_print("lastwords", &err);
	cli_usage(argv[0]);
	return -1;
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
	return cli_wait_for_server(err, cli->config.state);
}

int campaign_options_run(
    struct cli *cli, int argc, char **argv, const struct campaign_command *command)
{
	struct campaign_options options;
	struct campaign campaign;
	struct farm farm;
	struct err err;
	int rc;

	if (options_parse(argc, argv, &options))
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
