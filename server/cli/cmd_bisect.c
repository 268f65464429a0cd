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
#include "screen/print.h"
#include "screen/progress.h"

static int bisect_print(struct err *err, const struct bisection *bisection, int json)
{
	struct kv_out out;

	if (print_begin(err, &out, 16384 + bisection->candidates.count * 512))
		return -1;
	(json ? bisection_json : bisection_text)(&out, bisection);
	return print_end(err, &out);
}

/* The bisection is open. */
static int bisect_run(struct bisection *bisection, int json)
{
	struct err err;
	enum bisection_end end;

	bisection->stop = cli_catch_signals();
	progress_begin("bisect");
	end = bisection_run(&err, bisection);
	progress_end();
	if (end == BISECTION_ERROR)
		err_print("lastwords", &err);
	if (end == BISECTION_INTERRUPTED)
		fprintf(stderr, "lastwords: interrupted; the machines are switched off\n");
	farm_close(bisection->farm, cli_report, NULL);
	if (campaign_end(&err, bisection->campaign, bisection->farm->config->state,
		bisection_end_text(end)) ||
	    bisect_print(&err, bisection, json)) {
		err_print("lastwords", &err);
		end = BISECTION_ERROR;
	}
	bisection_close(bisection);
	if (end == BISECTION_INTERRUPTED)
		return REPRO_EXIT_INTERRUPTED;
	return end == BISECTION_FOUND ? CLI_OK : CLI_FAILED;
}

static int bisect_campaign(struct campaign *campaign, struct farm *farm, int json)
{
	struct bisection bisection = {.campaign = campaign, .farm = farm, .report = cli_report};
	struct err err;

	farm->kernels_differ = 1;
	if (campaign_begin(&err, campaign, farm->config->state) ||
	    bisection_open(&err, &bisection)) {
		farm_close(farm, cli_report, NULL);
		return cli_fail(&err);
	}
	fprintf(stderr,
	    "lastwords: bisection %s: %zu candidates, %zu target%s; if it is killed, lastwords bisect --resume %s goes on\n",
	    campaign->id, bisection.candidates.count, farm->count, farm->count == 1 ? "" : "s",
	    campaign->id);
	return bisect_run(&bisection, json);
}

int cmd_bisect(struct cli *cli, int argc, char **argv)
{
	static const struct campaign_command command = {
	    .bisection = 1, .usage = CLI_USAGE, .failed = CLI_FAILED, .run = bisect_campaign};

	return campaign_options_run(cli, argc, argv, &command);
}
