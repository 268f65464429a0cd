/* SPDX-License-Identifier: MIT */
/*
 * bisect: finds the first bad one of n ordered candidates when the crash strikes only sometimes. Pure but for
 * two arrays; it runs nothing and knows no kernel.
 *
 * Candidate 0 is known to be good and the last one to be bad; the culprit is the first bad one, 1 to n - 1.
 * Both rates are unknown: of a bad candidate's runs a part p ends with the crash, of a good one's a part q
 * (false alarms: another defect with the same signature).
 *
 * THE MODEL. Before any run each culprit is equally likely, p is distributed as Beta(1 + k0, 1 + n0 - k0)
 * (k0 of n0 runs that struck on a bad kernel; Beta(1, 1) if nothing is known) and q as Beta(1, 19). For each
 * culprit c all runs on candidates >= c are runs of bad ones and share one p, all others share one q. The
 * probability of the runs given c is then the product of two ratios of beta functions (rate.h,
 * rate_log_evidence), exactly; the posterior of c is that product, made to sum to 1. p > q is not required:
 * it follows from q's prior after a few runs.
 *
 * THE NEXT RUN is on the candidate with the most information per minute: the entropy of the posterior now,
 * minus the expected one after a run there, divided by what the run costs: a run's minutes, and for a
 * candidate that is not built yet its build's as well. One step ahead only. Where several targets run at
 * once, runs under way are counted in `pending`; bisect_next takes each for done with its more likely verdict.
 *
 * THE END. When a culprit's posterior is at least `confidence`, the culprit and the candidate before it
 * (its parent) are run until each has `confirm` verdicts; these runs count as all others do, and if they
 * take the posterior down, the search goes on. A posterior below BISECT_NAME names nothing.
 *
 * A candidate that gave no usable verdict (no verdict, other crash) BISECT_USELESS times in a row before it gave
 * any usable one is barred: it is not run again. If the culprit then cannot be separated from its neighbours, the
 * result is the shortest range that holds it with BISECT_NAME.
 *
 * All state follows from the list of (candidate, verdict), in any order but for "in a row": give it to
 * bisect_count again and the bisection goes on where it was.
 */
#ifndef LASTWORDS_REPRO_BISECT_H
#define LASTWORDS_REPRO_BISECT_H

#include <stddef.h>

#include "base/err.h"
#include "rate.h"
#include "verdict.h"

#define BISECT_NAME 0.9
#define BISECT_CONFIDENCE 0.95
enum { BISECT_CONFIRM = 5, BISECT_USELESS = 3, BISECT_MAX = 100000 };

struct bisect_candidate {
	struct rate rate; /* usable verdicts */
	unsigned int useless; /* no verdict or other crash, since the last usable one */
	int built, barred;
	unsigned int pending; /* runs under way */
};

struct bisect {
	/* Set by bisect_init, may be changed before the first use. */
	double run_minutes, build_minutes; /* > 0 and >= 0; 1 and 0 */
	double confidence; /* BISECT_NAME to below 1; BISECT_CONFIDENCE */
	unsigned int confirm; /* BISECT_CONFIRM */
	struct rate expected; /* k0 of n0; none */
	size_t count;
	struct bisect_candidate *candidates;
	double *
	    posterior; /* of each candidate; [0] is 0. As of the last bisect_count or bisect_update */
	double *scratch; /* private */
};

/* count: 2 to BISECT_MAX. 0, or -1: then there is nothing to free. */
int bisect_init(struct err *err, struct bisect *bisect, size_t count);
void bisect_free(struct bisect *bisect);

/* One run is over. */
void bisect_count(struct bisect *bisect, size_t candidate, enum verdict verdict);
/* Computes the posterior; needed only after candidates were changed otherwise than by bisect_count. */
void bisect_update(struct bisect *bisect);

/* The candidate with the highest posterior. */
size_t bisect_culprit(const struct bisect *bisect);
/* The entropy of the posterior, bits. */
double bisect_entropy(const struct bisect *bisect);
/* The shortest range of candidates that holds the culprit with at least BISECT_NAME. */
void bisect_range(const struct bisect *bisect, size_t *first, size_t *last);
/* What the runs say of p and q if that candidate is the culprit: the verdicts of bad and of good ones. */
void bisect_rates(const struct bisect *bisect, size_t culprit, struct rate *bad, struct rate *good);

enum bisect_step {
	BISECT_SEARCH, /* run the candidate */
	BISECT_COMPARE, /* run the candidate: it is the culprit or its parent */
	BISECT_WAIT, /* runs that are under way decide it */
	BISECT_FOUND, /* the candidate is the culprit */
	BISECT_STUCK, /* those that are not barred would tell nothing more: see bisect_range */
};

/* What is to be done next, with which candidate. */
enum bisect_step bisect_next(struct bisect *bisect, size_t *candidate);

#endif
