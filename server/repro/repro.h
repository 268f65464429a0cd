/* SPDX-License-Identifier: MIT */
/*
 * repro: the loop of a campaign that measures how often a crash strikes.
 *
 * Runs are started on every idle target until enough have a verdict, or one of the reasons to stop holds. Runs
 * under way are then waited for, and counted: a run that strikes is shorter than one that survives, so dropping
 * them would make the rate too high. Only an interrupt drops them.
 */
#ifndef LASTWORDS_REPRO_REPRO_H
#define LASTWORDS_REPRO_REPRO_H

#include <signal.h>

#include "campaign.h"
#include "farm.h"

enum repro_end {
	REPRO_GO_ON,
	REPRO_ALL_RUNS,
	REPRO_STOP_AFTER, /* --stop-after strikes */
	REPRO_NARROW, /* the interval is narrow enough */
	REPRO_STRIKES, /* the Bayes factor for "strikes as often as expected" passed 20 */
	REPRO_STRIKES_NOT, /* against it */
	REPRO_NO_TARGET, /* all are set aside */
	REPRO_FAILURES, /* too many runs without a verdict: more than were asked for, and ten */
	REPRO_INTERRUPTED,
	REPRO_ERROR, /* the journal cannot be written, out of memory */
};
/* As text: "all runs made" … */
const char *repro_end_text(enum repro_end end);
/* Why a campaign with these runs is to end; REPRO_GO_ON. Pure. */
enum repro_end repro_due(const struct campaign *campaign);

/* What is known after a run, for a progress line. */
struct repro_progress {
	const struct campaign *campaign;
	const struct campaign_run *run; /* the last */
	size_t targets; /* not set aside */
};

/*
 * Runs until it ends. *stop becomes other than 0 by a signal. err only with REPRO_ERROR. progress may be
 * NULL.
 */
enum repro_end repro_run(struct err *err, struct campaign *campaign, struct farm *farm,
    const volatile sig_atomic_t *stop,
    void (*progress)(void *arg, const struct repro_progress *progress), void *arg);

/* The expected seconds until the campaign ends, if all its runs are made; below 0: not known yet. Pure. */
double repro_left(const struct campaign *campaign, size_t targets);

/*
 * The exit code, which fits git-bisect-run(1): 1 the kernel is bad: the crash struck (or, with an expectation,
 * strikes as often as that); 0 good: all runs that were asked for are made, or the Bayes factor is against
 * it; 125 neither. 130 it was interrupted; 128 it failed: both make git stop, where 2 would count as bad.
 */
enum {
	REPRO_EXIT_GOOD = 0,
	REPRO_EXIT_BAD = 1,
	REPRO_EXIT_UNTESTED = 125,
	REPRO_EXIT_FAILED = 128,
	REPRO_EXIT_USAGE = 129,
	REPRO_EXIT_INTERRUPTED = 130,
};
int repro_exit_code(const struct campaign *campaign, enum repro_end end);

#endif
