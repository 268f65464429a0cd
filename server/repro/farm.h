/* SPDX-License-Identifier: MIT */
/*
 * farm: the targets of a campaign, and their runs side by side, each in a process of its own, so that a stuck
 * one does not stop the others.
 *
 * A target is locked while the farm is open (STATE/run/repro-NAME.lock): it cannot be in two campaigns. One
 * whose machine has an override that a person set is refused, because a run would replace it. After
 * FARM_FAILURES runs in a row without a verdict a target is set aside, with an event.
 *
 * Children end with the process that started them, even if that is killed.
 */
#ifndef LASTWORDS_REPRO_FARM_H
#define LASTWORDS_REPRO_FARM_H

#include <stddef.h>
#include <sys/types.h>

#include "run.h"

enum { FARM_TARGETS_MAX = 64, FARM_FAILURES = 3 };

struct farm_target {
	const struct config_target *target;
	int lock; /* descriptor */
	pid_t pid; /* of the run; 0: idle */
	int result_fd;
	size_t tag; /* of the run, the caller's */
	struct run_plan plan; /* of the last run; plan.target NULL: there was none */
	int failures, aside;
};

struct farm {
	const struct config *config;
	const char *profile; /* of all runs */
	int kernels_differ; /* a machine that asked but never ran may have a bad kernel: no failure of the target */
	size_t count;
	struct farm_target target[FARM_TARGETS_MAX];
};

/*
 * names: of targets, separated by commas. resumed: overrides that a killed campaign with this profile has
 * left are removed. 0, or -1: then there is nothing to close.
 */
int farm_open(struct err *err, struct farm *farm, const struct config *config, const char *names,
    const char *profile, int resumed);
/* Ends all runs, then removes overrides and switches every target off that had a run, side by side.
 * report: what could not be done, with arg. */
void farm_close(struct farm *farm, void (*report)(void *arg, const char *text), void *arg);

/* A target that is idle and not set aside, or NULL. */
struct farm_target *farm_idle(struct farm *farm);
/* How many are running; how many are not set aside. */
size_t farm_running(const struct farm *farm);
size_t farm_left(const struct farm *farm);

/* Starts a run; plan->target is set here, plan's texts must live until it is over. 0/-1. */
int farm_start(struct err *err, struct farm *farm, struct farm_target *at,
    const struct run_plan *plan, size_t tag);
/*
 * Waits at most ms for a run to end: its target and *result; NULL: none has ended, or a signal came.
 * Counts a failure, and sets the target aside after FARM_FAILURES.
 */
struct farm_target *farm_wait(struct farm *farm, int ms, struct run_result *result);

#endif
