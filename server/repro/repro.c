/* SPDX-License-Identifier: MIT */
/* repro: the loop of a campaign; see repro.h. */
#include "repro.h"

#include <stdio.h>
#include <string.h>

enum { REPRO_WAIT_MS = 1000, REPRO_SPARE_FAILURES = 10 };

static const char *const end_texts[] = {
    [REPRO_GO_ON] = "not ended",
    [REPRO_ALL_RUNS] = "all runs made",
    [REPRO_STOP_AFTER] = "struck often enough (--stop-after)",
    [REPRO_NARROW] = "the interval is narrow enough (--width)",
    [REPRO_STRIKES] = "strikes as often as expected (Bayes factor above 20)",
    [REPRO_STRIKES_NOT] = "does not strike as expected (Bayes factor below 1/20)",
    [REPRO_NO_TARGET] = "every target is set aside",
    [REPRO_FAILURES] = "too many runs without a verdict",
    [REPRO_INTERRUPTED] = "interrupted",
    [REPRO_ERROR] = "failed",
};

const char *repro_end_text(enum repro_end end)
{
	return end_texts[end];
}

enum repro_end repro_due(const struct campaign *campaign)
{
	struct rate rate = campaign_rate(campaign, NULL);

	if (campaign->stop_after && rate.struck >= (unsigned int)campaign->stop_after)
		return REPRO_STOP_AFTER;
	if (rate.runs >= (unsigned int)campaign->run_count)
		return REPRO_ALL_RUNS;
	if (campaign_count(campaign, VERDICT_NONE) >
	    (size_t)campaign->run_count + REPRO_SPARE_FAILURES)
		return REPRO_FAILURES;
	switch (rate_stop(&rate, campaign->width, &campaign->expected)) {
	case RATE_NARROW:
		return REPRO_NARROW;
	case RATE_STRIKES:
		return REPRO_STRIKES;
	case RATE_STRIKES_NOT:
		return REPRO_STRIKES_NOT;
	case RATE_GO_ON:
		break;
	}
	return REPRO_GO_ON;
}

/* On each idle target, as long as runs are wanted. 0/-1. */
static int repro_start(struct err *err, const struct campaign *campaign, struct farm *farm)
{
	struct run_plan plan = campaign_plan(campaign);
	struct rate rate = campaign_rate(campaign, NULL);
	struct farm_target *at;

	while (
	    rate.runs + farm_running(farm) < (size_t)campaign->run_count && (at = farm_idle(farm)))
		if (farm_start(err, farm, at, &plan, 0))
			return -1;
	return 0;
}

/* The next run that ends, into the campaign. 1, 0 none did, -1. */
static int repro_take(struct err *err, struct campaign *campaign, struct farm *farm)
{
	struct campaign_run run = {.candidate = ""};
	struct farm_target *at = farm_wait(farm, REPRO_WAIT_MS, &run.result);

	if (!at)
		return 0;
	snprintf(run.target, sizeof(run.target), "%s", at->target->name);
	return campaign_add(err, campaign, farm->config->state, &run) ? -1 : 1;
}

enum repro_end repro_run(struct err *err, struct campaign *campaign, struct farm *farm,
    const volatile sig_atomic_t *stop,
    void (*progress)(void *arg, const struct repro_progress *progress), void *arg)
{
	enum repro_end end = repro_due(campaign);
	int taken;

	while (!*stop) {
		if (end == REPRO_GO_ON && repro_start(err, campaign, farm))
			return REPRO_ERROR;
		if (farm_running(farm) == 0)
			return end == REPRO_GO_ON ? REPRO_NO_TARGET : end;
		taken = repro_take(err, campaign, farm);
		if (taken < 0)
			return REPRO_ERROR;
		if (taken == 0)
			continue;
		if (progress)
			progress(arg, &(struct repro_progress){.campaign = campaign,
					  .run = &campaign->run[campaign->runs - 1],
					  .targets = farm_left(farm)});
		/* (asked again after each run under way: one of them may take the reason back) */
		end = repro_due(campaign);
	}
	return REPRO_INTERRUPTED;
}

double repro_left(const struct campaign *campaign, size_t targets)
{
	struct rate rate = campaign_rate(campaign, NULL);
	double seconds = 0;

	if (campaign->runs == 0 || rate.runs == 0 || targets == 0)
		return -1;
	for (size_t i = 0; i < campaign->runs; i++)
		seconds += (double)campaign->run[i].result.ms / 1000;
	if (rate.runs >= (unsigned int)campaign->run_count)
		return 0;
	/* (runs without a verdict cost time too) */
	return seconds / rate.runs * ((unsigned int)campaign->run_count - rate.runs) /
	       (double)targets;
}

int repro_exit_code(const struct campaign *campaign, enum repro_end end)
{
	struct rate rate = campaign_rate(campaign, NULL);

	switch (end) {
	case REPRO_INTERRUPTED:
		return REPRO_EXIT_INTERRUPTED;
	case REPRO_ERROR:
		return REPRO_EXIT_FAILED;
	case REPRO_STRIKES_NOT:
		return REPRO_EXIT_GOOD;
	default:
		break;
	}
	if (rate.struck > 0)
		return REPRO_EXIT_BAD;
	if (campaign_count(campaign, VERDICT_SURVIVED) == 0)
		return REPRO_EXIT_UNTESTED;
	return end == REPRO_ALL_RUNS || end == REPRO_NARROW ? REPRO_EXIT_GOOD : REPRO_EXIT_UNTESTED;
}
