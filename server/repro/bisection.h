/* SPDX-License-Identifier: MIT */
/*
 * bisection: the loop of `lastwords bisect`: runs on targets, builds, and the posterior of bisect.h.
 *
 * Candidates are built one at a time, in a process of its own, while targets run those that are built; what is
 * being built counts as under way, so that an idle target looks for the next best. The culprit once found, a git
 * bisection builds the bad end with the culprit reverted and runs it as often as makes 95 % that it is good.
 *
 * A candidate that cannot be built is barred. Its runs count by name, so the campaign can be resumed.
 */
#ifndef LASTWORDS_REPRO_BISECTION_H
#define LASTWORDS_REPRO_BISECTION_H

#include <signal.h>

#include "base/kv.h"
#include "bisect.h"
#include "campaign.h"
#include "candidates.h"
#include "farm.h"

enum bisection_end {
	BISECTION_FOUND,
	BISECTION_STUCK, /* the candidates that would decide it are barred */
	BISECTION_RUNS, /* --runs are made, and none is likely enough */
	BISECTION_NO_TARGET,
	BISECTION_INTERRUPTED,
	BISECTION_ERROR,
};
const char *bisection_end_text(enum bisection_end end);

struct bisection {
	struct campaign *campaign;
	struct farm *farm;
	struct candidates candidates;
	struct bisect bisect;
	const volatile sig_atomic_t *stop;
	void (*report)(void *arg, const char *text); /* each run and build, a line */
	void *arg;
	enum bisection_end end;
	size_t culprit; /* with BISECTION_FOUND; else the likeliest */
	unsigned int builds;
	int revert_built; /* the bad end without the culprit */
	char revert_why[160]; /* why it was not; "" also if it was not tried */
	/* private: the build under way */
	pid_t builder;
	int builder_fd;
	size_t building;
};

/* campaign, farm, stop and report are set; the campaign has begun. Finds the candidates, and counts the
 * runs that were made before. 0, or -1: nothing to close. */
int bisection_open(struct err *err, struct bisection *bisection);
void bisection_close(struct bisection *bisection);
/* Runs until it ends; end and culprit are set. err only with BISECTION_ERROR. */
enum bisection_end bisection_run(struct err *err, struct bisection *bisection);

/* The result, as lines or as one JSON object. */
void bisection_text(struct kv_out *out, const struct bisection *bisection);
void bisection_json(struct kv_out *out, const struct bisection *bisection);

#endif
