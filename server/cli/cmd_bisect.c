/* SPDX-License-Identifier: MIT */
/*
 * lastwords bisect: finds the first of many kernels in which a crash strikes, though it strikes only sometimes.
 * The work is server/repro's; here are the options, the progress on stderr, and the result on stdout.
 */
#include <stdio.h>
#include <string.h>

#include "campaign_options.h"
#include "repro/bisection.h"
#include "repro/repro.h"

struct bisect_print {
	const struct bisection *bisection;
	int json;
};

static void bisect_render(struct kv_out *out, const void *arg)
{
	const struct bisect_print *print = arg;

	(print->json ? bisection_json : bisection_text)(out, print->bisection);
}

/* The bisection is open. */
static int bisect_campaign(struct bisection *bisection, int json)
{
	struct bisect_print print = {.bisection = bisection, .json = json};
	struct err err;
	enum bisection_end end;

	bisection->stop = campaign_catch_signals();
	end = bisection_run(&err, bisection);
	if (end == BISECTION_ERROR)
		err_print("lastwords", &err);
	if (end == BISECTION_INTERRUPTED)
		fprintf(stderr, "lastwords: interrupted; the machines are switched off\n");
	farm_close(bisection->farm, cli_report, NULL);
	if (campaign_end(&err, bisection->campaign, bisection->farm->config->state,
		bisection_end_text(end)) ||
	    campaign_print(
		&err, 16384 + bisection->candidates.count * 512, bisect_render, &print)) {
		err_print("lastwords", &err);
		end = BISECTION_ERROR;
	}
	bisection_close(bisection);
	if (end == BISECTION_INTERRUPTED)
		return REPRO_EXIT_INTERRUPTED;
	return end == BISECTION_FOUND ? CLI_OK : CLI_FAILED;
}

/* The farm is open. */
static int bisect_begin(struct cli *cli, struct campaign *campaign, struct farm *farm,
    const struct campaign_options *options)
{
	struct bisection bisection = {.campaign = campaign, .farm = farm, .report = cli_report};
	const char *state = cli->config.state;
	struct err err;

	farm->kernels_differ = 1;
	if ((options->resume ? campaign_resume(&err, campaign, state)
			     : campaign_begin(&err, campaign, state)) ||
	    bisection_open(&err, &bisection)) {
		farm_close(farm, cli_report, NULL);
		return cli_fail(&err);
	}
	fprintf(stderr,
	    "lastwords: bisection %s: %zu candidates, %zu target%s; if it is killed, lastwords bisect --resume %s goes on\n",
	    campaign->id, bisection.candidates.count, farm->count, farm->count == 1 ? "" : "s",
	    campaign->id);
	return bisect_campaign(&bisection, options->json);
}

int cmd_bisect(struct cli *cli, int argc, char **argv)
{
	struct campaign_options options;
	struct campaign campaign;
	struct farm farm;
	struct err err;
	int rc;

	if (campaign_options_parse(argc, argv, &options))
		return CLI_USAGE;
	campaign_init(&campaign);
	if (campaign_options_take(&err, cli, &options, &campaign, 1) ||
	    farm_open(&err, &farm, &cli->config, campaign.text[CAMPAIGN_TARGET],
		campaign.text[CAMPAIGN_PROFILE], options.resume != NULL))
		rc = cli_fail(&err);
	else
		rc = bisect_begin(cli, &campaign, &farm, &options);
	campaign_free(&campaign);
	return rc;
}
