/* SPDX-License-Identifier: MIT */
/*
 * lastwords repro: boots targets again and again and measures how often a crash strikes. The work is
 * server/repro's; here are the options, the progress on stderr, and the result on stdout.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/option.h"
#include "cli.h"
#include "repro/repro.h"
#include "repro/result.h"

struct repro_options {
	const char *text[CAMPAIGN_KEYS];
	char targets[2048]; /* of all --target, with commas */
	const char *resume;
	int json;
};

static int repro_add_target(struct err *err, void *field, const char *value)
{
	char *targets = field;
	size_t len = strlen(targets), size = sizeof(((struct repro_options *)0)->targets);

	if (len + strlen(value) + 2 > size)
		return err_set(err, "--target: too many names");
	snprintf(targets + len, size - len, "%s%s", len ? "," : "", value);
	return 0;
}

#define REPRO_TEXT(key) OPTION_TEXT, offsetof(struct repro_options, text[key]), NULL, NULL

static const struct option_row repro_rows[] = {
    {"--target", NULL, "NAME", OPTION_CALL, offsetof(struct repro_options, targets), NULL,
	repro_add_target},
    {"--profile", NULL, "P", REPRO_TEXT(CAMPAIGN_PROFILE)},
    {"--runs", NULL, "N", REPRO_TEXT(CAMPAIGN_RUNS)},
    {"--trigger", NULL, "T", REPRO_TEXT(CAMPAIGN_TRIGGER)},
    {"--after", NULL, "SECONDS", REPRO_TEXT(CAMPAIGN_AFTER)},
    {"--timeout", NULL, "SECONDS", REPRO_TEXT(CAMPAIGN_TIMEOUT)},
    {"--boot-timeout", NULL, "SECONDS", REPRO_TEXT(CAMPAIGN_BOOT_TIMEOUT)},
    {"--expect", NULL, "SIGNATURE", REPRO_TEXT(CAMPAIGN_EXPECT)},
    {"--stop-after", NULL, "K", REPRO_TEXT(CAMPAIGN_STOP_AFTER)},
    {"--width", NULL, "PERCENT", REPRO_TEXT(CAMPAIGN_WIDTH)},
    {"--rate", NULL, "K/N", REPRO_TEXT(CAMPAIGN_RATE)},
    {"--resume", NULL, "ID", OPTION_TEXT, offsetof(struct repro_options, resume), NULL, NULL},
    {"--json", NULL, NULL, OPTION_FLAG, offsetof(struct repro_options, json), NULL, NULL},
};

static volatile sig_atomic_t repro_stop;

static void repro_signal(int signal_number)
{
	repro_stop = signal_number;
}

/* A second Ctrl-C ends the program as usual. */
static void repro_catch_signals(void)
{
	const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action = {.sa_handler = repro_signal, .sa_flags = (int)SA_RESETHAND};

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
}

/* One line for each run. */
static void repro_progress(void *arg, const struct repro_progress *progress)
{
	const struct campaign *campaign = progress->campaign;
	const struct run_result *run = &progress->run->result;
	struct rate rate = campaign_rate(campaign, NULL);
	struct rate_interval interval = rate_interval(&rate);
	char took[24], left[24];

	(void)arg;
	result_duration(run->verdict == VERDICT_NONE ? (double)run->ms / 1000 : run->seconds, took);
	result_duration(repro_left(campaign, progress->targets), left);
	fprintf(stderr, "lastwords: run %zu: %s: %s after %s%s%s", campaign->runs,
	    progress->run->target, verdict_text(run->verdict), took,
	    run->verdict == VERDICT_NONE ? ": " : "", run->verdict == VERDICT_NONE ? run->why : "");
	fprintf(stderr, "; %u of %u struck (%.0f %% to %.0f %%); %s left\n", rate.struck, rate.runs,
	    100 * interval.low, 100 * interval.high, left);
}

/* Options into a new campaign, or over those of one that is resumed. 0/-1. */
static int repro_prepare(
    struct err *err, struct cli *cli, struct campaign *campaign, struct repro_options *options)
{
	if (cli_load_writing(err, cli))
		return -1;
	if (options->resume && campaign_load(err, campaign, cli->config.state, options->resume))
		return -1;
	if (options->targets[0])
		options->text[CAMPAIGN_TARGET] = options->targets;
	for (int i = 0; i < CAMPAIGN_KEYS; i++)
		if (options->text[i] &&
		    campaign_set(err, campaign, (enum campaign_key)i, options->text[i]))
			return -1;
	if (campaign_parse(err, campaign))
		return -1;
	return cli_collector_runs(cli->config.state)
		   ? 0
		   : err_set(err, "no server runs on %s; start lastwords serve", cli->config.state);
}

static int repro_print(
    struct err *err, const struct campaign *campaign, enum repro_end end, int json)
{
	size_t size = 16384 + campaign->runs * 4096;
	char *text = malloc(size);
	struct result result;
	struct kv_out out;
	int rc = -1;

	if (!text) {
		err_set(err, "out of memory");
	} else if (result_of(err, campaign, &result) == 0) {
		kv_out_init(&out, text, size);
		(json ? result_json : result_text)(&out, campaign, &result, end);
		fputs(text, stdout);
		rc = 0;
	}
	free(text);
	return rc;
}

static int repro_fail(const struct err *err)
{
	err_print("lastwords", err);
	return REPRO_EXIT_FAILED;
}

/* The farm is open. */
static int repro_campaign(struct cli *cli, struct campaign *campaign, struct farm *farm,
    const struct repro_options *options)
{
	const char *state = cli->config.state;
	enum repro_end end = REPRO_ERROR;
	struct err err;
	int rc;

	rc = options->resume ? campaign_resume(&err, campaign, state)
			     : campaign_begin(&err, campaign, state);
	if (rc == 0) {
		fprintf(stderr,
		    "lastwords: campaign %s: %d runs on %zu target%s; if it is killed, lastwords repro --resume %s goes on\n",
		    campaign->id, campaign->run_count, farm->count, farm->count == 1 ? "" : "s",
		    campaign->id);
		repro_catch_signals();
		end = repro_run(&err, campaign, farm, &repro_stop, repro_progress, NULL);
	}
	if (end == REPRO_ERROR)
		err_print("lastwords", &err);
	if (end == REPRO_INTERRUPTED)
		fprintf(stderr, "lastwords: interrupted; the machines are switched off\n");
	farm_close(farm, cli_report, NULL);
	if (campaign->id[0] && campaign_end(&err, campaign, state, repro_end_text(end)))
		err_print("lastwords", &err);
	if (repro_print(&err, campaign, end, options->json))
		return repro_fail(&err);
	return repro_exit_code(campaign, end);
}

int cmd_repro(struct cli *cli, int argc, char **argv)
{
	struct repro_options options = {.resume = NULL};
	const char *file = NULL;
	struct campaign campaign;
	struct farm farm;
	struct err err;
	int rc;

	if (argc == 1 ||
	    option_parse(&err, argc, argv, repro_rows, sizeof(repro_rows) / sizeof(repro_rows[0]),
		&options, &file) ||
	    file) {
		if (argc > 1 && !file)
			err_print("lastwords", &err);
		cli_usage(argv[0]);
		return REPRO_EXIT_USAGE;
	}
	campaign_init(&campaign);
	if (repro_prepare(&err, cli, &campaign, &options) ||
	    farm_open(&err, &farm, &cli->config, campaign.text[CAMPAIGN_TARGET],
		campaign.text[CAMPAIGN_PROFILE], options.resume != NULL))
		rc = repro_fail(&err);
	else
		rc = repro_campaign(cli, &campaign, &farm, &options);
	campaign_free(&campaign);
	return rc;
}
