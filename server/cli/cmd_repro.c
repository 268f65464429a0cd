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
#include "screen/print.h"
#include "screen/progress.h"

/* One line for each run. */
static void repro_progress(void *arg, const struct repro_progress *progress)
{
	const struct campaign *campaign = progress->campaign;
	const struct run_result *run = &progress->run->result;
	struct rate rate = campaign_rate(campaign, NULL);
	struct rate_interval interval = rate_interval(&rate);
	char took[24], left[24];

	(void)arg;
	progress_set(campaign->runs, (unsigned long long)campaign->run_count, "runs");
	progress_hide();
	result_duration(run->verdict == VERDICT_NONE ? (double)run->ms / 1000 : run->seconds, took);
	result_duration(repro_left(campaign, progress->targets), left);
	fprintf(stderr, "lastwords: run %zu: %s: %s after %s%s%s", campaign->runs,
	    progress->run->target, verdict_text(run->verdict), took,
	    run->verdict == VERDICT_NONE ? ": " : "", run->verdict == VERDICT_NONE ? run->why : "");
	fprintf(stderr, "; %u of %u struck (%.0f %% to %.0f %%); %s left\n", rate.struck, rate.runs,
	    100 * interval.low, 100 * interval.high, left);
}

static int repro_print(
    struct err *err, const struct campaign *campaign, enum repro_end end, int json)
{
	struct result result;
	struct kv_out out;

	if (result_of(err, campaign, &result) ||
	    print_begin(err, &out, 16384 + campaign->runs * 4096))
		return -1;
	(json ? result_json : result_text)(&out, campaign, &result, end);
	return print_end(err, &out);
}

static int repro_campaign(struct campaign *campaign, struct farm *farm, int json)
{
	const char *state = farm->config->state;
	enum repro_end end = REPRO_ERROR;
	struct err err;

	if (campaign_begin(&err, campaign, state) == 0) {
		fprintf(stderr,
		    "lastwords: campaign %s: %d run%s on %zu target%s; if it is killed, lastwords repro --resume %s goes on\n",
		    campaign->id, campaign->run_count,
		    cli_plural((unsigned long long)campaign->run_count), farm->count,
		    cli_plural(farm->count), campaign->id);
		progress_begin("repro");
		end = repro_run(&err, campaign, farm, cli_catch_signals(), repro_progress, NULL);
		progress_end();
	}
	if (end == REPRO_ERROR)
		err_print("lastwords", &err);
	if (end == REPRO_INTERRUPTED)
		fprintf(stderr, "lastwords: interrupted; the machines are switched off\n");
	farm_close(farm, cli_report, NULL);
	if (campaign->id[0] && campaign_end(&err, campaign, state, repro_end_text(end)))
		err_print("lastwords", &err);
	if (repro_print(&err, campaign, end, json)) {
		err_print("lastwords", &err);
		return REPRO_EXIT_FAILED;
	}
	return repro_exit_code(campaign, end);
}

int cmd_repro(struct cli *cli, int argc, char **argv)
{
	static const struct campaign_command command = {.bisection = 0,
	    .usage = REPRO_EXIT_USAGE,
	    .failed = REPRO_EXIT_FAILED,
	    .run = repro_campaign};

	return campaign_options_run(cli, argc, argv, &command);
}
