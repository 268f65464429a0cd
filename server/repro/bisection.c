/* SPDX-License-Identifier: MIT */
/* bisection: the loop of `lastwords bisect`; see bisection.h. */
#include "bisection.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "result.h"

enum { BISECTION_WAIT_MS = 500 };
/* the tag of a run on the revert, and what is built then */
#define BISECTION_TAG_REVERT ((size_t)-1)

static const char *const end_texts[] = {
    [BISECTION_FOUND] = "found",
    [BISECTION_STUCK] = "not found: the candidates that would decide it cannot be run",
    [BISECTION_RUNS] = "not found: all runs made (--runs)",
    [BISECTION_NO_TARGET] = "not found: every target is set aside",
    [BISECTION_INTERRUPTED] = "interrupted",
    [BISECTION_ERROR] = "failed",
};

const char *bisection_end_text(enum bisection_end end)
{
	return end_texts[end];
}

/* --- opening --------------------------------------------------------------------------------------- */

static int find_candidates(struct err *err, struct bisection *bisection)
{
	char *const *text = bisection->campaign->text;

	candidates_init(&bisection->candidates, bisection->farm->config->images);
	if (text[CAMPAIGN_IMAGES])
		return candidates_from_images(err, &bisection->candidates, text[CAMPAIGN_IMAGES],
		    text[CAMPAIGN_GOOD], text[CAMPAIGN_BAD]);
	return candidates_from_git(err, &bisection->candidates, text[CAMPAIGN_GIT],
	    text[CAMPAIGN_GOOD], text[CAMPAIGN_BAD], text[CAMPAIGN_BUILD], bisection->campaign->id);
}

/* A run on a candidate. A run that its kernel did not even begin says nothing of it. */
static void count_run(struct bisection *bisection, const struct campaign_run *run)
{
	size_t at = candidates_find(&bisection->candidates, run->candidate);

	if (at < bisection->candidates.count &&
	    (run->result.verdict != VERDICT_NONE || run->result.session[0]))
		bisect_count(&bisection->bisect, at, run->result.verdict);
}

/* A run's minutes, as measured so far. */
static void measure(struct bisection *bisection)
{
	const struct campaign *campaign = bisection->campaign;
	double ms = 0;

	for (size_t i = 0; i < campaign->runs; i++)
		ms += (double)campaign->run[i].result.ms;
	if (ms > 0)
		bisection->bisect.run_minutes = ms / 60000 / (double)campaign->runs;
}

int bisection_open(struct err *err, struct bisection *bisection)
{
	struct bisect *bisect = &bisection->bisect;
	const struct campaign *campaign = bisection->campaign;

	bisection->builder = 0;
	bisection->builds = 0;
	bisection->revert_built = 0;
	bisection->revert_why[0] = '\0';
	if (find_candidates(err, bisection) ||
	    bisect_init(err, bisect, bisection->candidates.count)) {
		candidates_free(&bisection->candidates);
		return -1;
	}
	bisect->build_minutes = campaign->build_minutes;
	bisect->confirm = (unsigned int)campaign->confirm;
	bisect->expected = campaign->expected;
	for (size_t i = 0; i < bisection->candidates.count; i++)
		bisect->candidates[i].built =
		    candidates_is_built(&bisection->candidates, &bisection->candidates.list[i]);
	bisect_update(bisect);
	for (size_t i = 0; i < campaign->runs; i++)
		count_run(bisection, &campaign->run[i]);
	measure(bisection);
	bisection->culprit = bisect_culprit(bisect);
	return 0;
}

static void say(struct bisection *bisection, const char *text)
{
	if (bisection->report)
		bisection->report(bisection->arg, text);
}

/* --- builds ---------------------------------------------------------------------------------------- */

/* In a process of its own; what went wrong comes through a pipe, nothing is success. 0/-1. */
static int start_build(struct err *err, struct bisection *bisection, size_t what)
{
	pid_t parent = getpid();
	char text[160];
	int ends[2];

	if (pipe(ends))
		return err_errno(err, "pipe");
	bisection->builder = fork();
	if (bisection->builder == 0) {
		signal(SIGINT, SIG_IGN);
		signal(SIGTERM, SIG_DFL);
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		close(ends[0]);
		if (getppid() == parent &&
		    (what == BISECTION_TAG_REVERT ? candidates_build_revert(err,
							&bisection->candidates, bisection->culprit)
						  : candidates_build(err, &bisection->candidates,
							&bisection->candidates.list[what])) &&
		    write(ends[1], err->msg, strlen(err->msg)) < 0)
			_exit(1);
		_exit(0);
	}
	close(ends[1]);
	bisection->builder_fd = ends[0];
	bisection->building = what;
	if (bisection->builder < 0) {
		bisection->builder = 0;
		close(ends[0]);
		return err_errno(err, "fork");
	}
	if (what != BISECTION_TAG_REVERT)
		bisection->bisect.candidates[what].pending++;
	snprintf(text, sizeof(text), "building %.12s",
	    what == BISECTION_TAG_REVERT ? "the revert" : bisection->candidates.list[what].name);
	say(bisection, text);
	return 0;
}

/* Takes the result of a build that has ended; *failed is empty if it is well. 1, or 0: not ended. */
static int end_build(struct bisection *bisection, struct err *failed)
{
	struct pollfd fd = {.fd = bisection->builder_fd, .events = POLLIN};
	ssize_t n;

	if (!bisection->builder || poll(&fd, 1, 0) <= 0)
		return 0;
	n = read(bisection->builder_fd, failed->msg, sizeof(failed->msg) - 1);
	failed->msg[n > 0 ? n : 0] = '\0';
	close(bisection->builder_fd);
	waitpid(bisection->builder, NULL, 0);
	bisection->builder = 0;
	bisection->builds += failed->msg[0] == '\0';
	if (failed->msg[0])
		say(bisection, failed->msg);
	return 1;
}

static void take_build(struct bisection *bisection)
{
	struct bisect_candidate *at;
	struct err failed;

	if (!end_build(bisection, &failed))
		return;
	at = &bisection->bisect.candidates[bisection->building];
	at->pending--;
	at->built = failed.msg[0] == '\0';
	at->barred = !at->built;
}

static void stop_build(struct bisection *bisection)
{
	if (!bisection->builder)
		return;
	kill(bisection->builder, SIGTERM);
	waitpid(bisection->builder, NULL, 0);
	close(bisection->builder_fd);
	bisection->builder = 0;
}

void bisection_close(struct bisection *bisection)
{
	stop_build(bisection);
	if (bisection->end == BISECTION_FOUND)
		candidates_clean_up(&bisection->candidates);
	bisect_free(&bisection->bisect);
	candidates_free(&bisection->candidates);
}

/* --- runs ------------------------------------------------------------------------------------------ */

static int start_run(struct err *err, struct bisection *bisection, struct farm_target *at,
    const char *image, size_t tag)
{
	struct run_plan plan = campaign_plan(bisection->campaign);

	plan.image = image;
	if (farm_start(err, bisection->farm, at, &plan, tag))
		return -1;
	if (tag != BISECTION_TAG_REVERT)
		bisection->bisect.candidates[tag].pending++;
	return 0;
}

/* What the bisection says after a run. */
static void say_run(struct bisection *bisection, const struct campaign_run *run)
{
	size_t culprit = bisect_culprit(&bisection->bisect);
	char text[512], took[24];

	result_duration((double)run->result.ms / 1000, took);
	snprintf(text, sizeof(text), "run %zu: %s: %.12s: %s in %s%s%s; likeliest %.12s, %.0f %%",
	    bisection->campaign->runs, run->target, run->candidate,
	    verdict_text(run->result.verdict), took, run->result.why[0] ? ": " : "",
	    run->result.why, bisection->candidates.list[culprit].name,
	    100 * bisection->bisect.posterior[culprit]);
	say(bisection, text);
}

/* Takes a run that has ended, if one has. 0/-1. */
static int take_run(struct err *err, struct bisection *bisection)
{
	struct campaign_run run = {.candidate = CANDIDATE_REVERT};
	struct farm_target *at = farm_wait(bisection->farm, BISECTION_WAIT_MS, &run.result);

	if (!at)
		return 0;
	snprintf(run.target, sizeof(run.target), "%s", at->target->name);
	if (at->tag != BISECTION_TAG_REVERT) {
		bisection->bisect.candidates[at->tag].pending--;
		snprintf(run.candidate, sizeof(run.candidate), "%s",
		    bisection->candidates.list[at->tag].name);
	}
	if (campaign_add(err, bisection->campaign, bisection->farm->config->state, &run))
		return -1;
	count_run(bisection, &run);
	measure(bisection);
	say_run(bisection, &run);
	return 0;
}

/* Gives idle targets work. *step: the last answer of bisect_next. 0/-1. */
static int start_what_is_next(struct err *err, struct bisection *bisection, enum bisect_step *step)
{
	struct bisect *bisect = &bisection->bisect;
	struct farm_target *at;
	size_t next;

	*step = BISECT_WAIT;
	while ((at = farm_idle(bisection->farm))) {
		*step = bisect_next(bisect, &next);
		if (*step != BISECT_SEARCH && *step != BISECT_COMPARE)
			return 0;
		if (!bisect->candidates[next].built) {
			if (bisection->builder)
				return 0;
			if (start_build(err, bisection, next))
				return -1;
		} else if (start_run(
			       err, bisection, at, bisection->candidates.list[next].image, next)) {
			return -1;
		}
	}
	return 0;
}

/* Why the search ends after `step`; -1: it goes on. */
static int search_ends(const struct bisection *bisection, enum bisect_step step)
{
	size_t under_way = farm_running(bisection->farm) + (bisection->builder != 0);

	if (*bisection->stop)
		return BISECTION_INTERRUPTED;
	if (farm_left(bisection->farm) == 0 && farm_running(bisection->farm) == 0)
		return BISECTION_NO_TARGET;
	if (under_way)
		return -1;
	if (step == BISECT_FOUND)
		return BISECTION_FOUND;
	if (step == BISECT_STUCK)
		return BISECTION_STUCK;
	return bisection->campaign->runs >= (size_t)bisection->campaign->run_count ? BISECTION_RUNS
										   : -1;
}

static enum bisection_end bisection_search(struct err *err, struct bisection *bisection)
{
	const struct campaign *campaign = bisection->campaign;
	enum bisect_step step = BISECT_WAIT;
	int end = -1;

	while (end < 0) {
		if (campaign->runs + farm_running(bisection->farm) < (size_t)campaign->run_count &&
		    !*bisection->stop && start_what_is_next(err, bisection, &step))
			return BISECTION_ERROR;
		end = search_ends(bisection, step);
		if (end < 0 && take_run(err, bisection))
			return BISECTION_ERROR;
		take_build(bisection);
	}
	bisection->culprit = bisect_culprit(&bisection->bisect);
	return (enum bisection_end)end;
}

/* --- the revert ------------------------------------------------------------------------------------ */

/* How many survivals make 95 % that the revert is good, by what the bad ones have shown. */
static unsigned int revert_runs(const struct bisection *bisection)
{
	struct rate bad, good;

	bisect_rates(&bisection->bisect, bisection->culprit, &bad, &good);
	return bad.struck ? rate_survivals((double)bad.struck / bad.runs) : 0;
}

/* 1 it is built, 0 it cannot be (bisection->revert_why), or it was interrupted; -1. */
static int build_revert(struct err *err, struct bisection *bisection)
{
	struct err failed;

	if (start_build(err, bisection, BISECTION_TAG_REVERT))
		return -1;
	while (!end_build(bisection, &failed)) {
		if (*bisection->stop)
			return 0;
		poll(NULL, 0, BISECTION_WAIT_MS);
	}
	snprintf(bisection->revert_why, sizeof(bisection->revert_why), "%.*s",
	    (int)sizeof(bisection->revert_why) - 1, failed.msg);
	bisection->revert_built = failed.msg[0] == '\0';
	return bisection->revert_built;
}

/* Runs the bad end without the culprit. 0/-1. */
static int bisection_revert(struct err *err, struct bisection *bisection)
{
	unsigned int wanted = revert_runs(bisection), most = 3 * wanted + FARM_FAILURES;
	struct candidate revert;
	struct farm_target *at;
	int built = build_revert(err, bisection);

	if (built <= 0)
		return built;
	candidates_revert(&bisection->candidates, bisection->culprit, &revert);
	for (unsigned int started = 0; !*bisection->stop && started < most;) {
		struct rate rate = campaign_rate(bisection->campaign, CANDIDATE_REVERT);

		while (rate.runs + farm_running(bisection->farm) < wanted &&
		       (at = farm_idle(bisection->farm))) {
			started++;
			if (start_run(err, bisection, at, revert.image, BISECTION_TAG_REVERT))
				return -1;
		}
		if (farm_running(bisection->farm) == 0)
			break;
		if (take_run(err, bisection))
			return -1;
	}
	return 0;
}

enum bisection_end bisection_run(struct err *err, struct bisection *bisection)
{
	bisection->end = bisection_search(err, bisection);
	if (bisection->end == BISECTION_FOUND && bisection->candidates.build &&
	    bisection_revert(err, bisection))
		bisection->end = BISECTION_ERROR;
	return bisection->end;
}
