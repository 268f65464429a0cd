/* SPDX-License-Identifier: MIT */
/*
 * lastwords repro: boots targets again and again and measures how often a crash strikes. The work is
 * server/repro's; here are the options, the progress on stderr, and the result on stdout.
 */
#include <stdio.h>
#include <string.h>

#include "campaign_options.h"
#include "repro/repro.h"
#include "repro/result.h"

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

struct repro_print {
	const struct campaign *campaign;
	struct result result;
	enum repro_end end;
	int json;
};

static void repro_render(struct kv_out *out, const void *arg)
{
	const struct repro_print *print = arg;

	(print->json ? result_json : result_text)(out, print->campaign, &print->result, print->end);
}

static int repro_print(
    struct err *err, const struct campaign *campaign, enum repro_end end, int json)
{
	struct repro_print print = {.campaign = campaign, .end = end, .json = json};

	return result_of(err, campaign, &print.result) ||
	       campaign_print(err, 16384 + campaign->runs * 4096, repro_render, &print);
}

static int repro_fail(const struct err *err)
{
	err_print("lastwords", err);
	return REPRO_EXIT_FAILED;
}

/* The farm is open. */
static int repro_campaign(struct cli *cli, struct campaign *campaign, struct farm *farm,
    const struct campaign_options *options)
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
		end =
		    repro_run(&err, campaign, farm, campaign_catch_signals(), repro_progress, NULL);
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
	struct campaign_options options;
	struct campaign campaign;
	struct farm farm;
	struct err err;
	int rc;

	if (campaign_options_parse(argc, argv, &options))
		return REPRO_EXIT_USAGE;
	campaign_init(&campaign);
	if (campaign_options_take(&err, cli, &options, &campaign, 0) ||
	    farm_open(&err, &farm, &cli->config, campaign.text[CAMPAIGN_TARGET],
		campaign.text[CAMPAIGN_PROFILE], options.resume != NULL))
		rc = repro_fail(&err);
	else
		rc = repro_campaign(cli, &campaign, &farm, &options);
	campaign_free(&campaign);
	return rc;
}
