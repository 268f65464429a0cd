/* SPDX-License-Identifier: MIT */
/*
 * rate: how often a crash strikes, from k of n runs; how many runs more are needed; when enough is known.
 * Pure.
 *
 * COUNTED are runs with a verdict: n = same signature + other crash + survived, k = same signature. A run
 * without a verdict is neither in n nor in k (verdict.h).
 *
 * THE INTERVAL is Clopper and Pearson's, exact: it holds the true rate in at least 95 of 100 campaigns,
 * whatever the rate, and so is wider than an approximate one. It is valid for a number of runs that was
 * fixed before; a campaign that stops early looks at the data each time and so has slightly less than an
 * equally long one (tests/unit/repro_simulation.c: 95.7 of 100 that stop at a width of 0.2, rate 0.3).
 *
 * SURVIVALS NEEDED: the smallest N for which a kernel that strikes at rate r would survive N runs in a row
 * with a probability of at most 5 %: N = ceil(log 0.05 / log(1 - r)). Two figures are given: with the
 * measured rate k/n, and, on the safe side, with the lower end of the interval.
 *
 * THE BAYES FACTOR compares two hypotheses about the runs of one kernel, which are given an expectation
 * (k0 of n0 runs on a kernel known to be bad):
 *   "strikes as often as expected"  the rate is distributed as Beta(1 + k0, 1 + n0 - k0), which is what
 *                                   those n0 runs say about it if before them all rates were equally likely
 *   "does not"                      the rate is distributed as Beta(1, 19): false alarms only, 5 % of the
 *                                   runs on average
 * Factor = B(a + k, b + n - k) / B(a, b) of the first, divided by the same of the second. Above 20 the
 * kernel counts as bad, below 1/20 as good. Without an expectation there is no factor.
 */
#ifndef LASTWORDS_REPRO_RATE_H
#define LASTWORDS_REPRO_RATE_H

#define RATE_CONFIDENCE 0.95
#define RATE_FACTOR 20.0
/* The distribution of a rate of false alarms: Beta(1, 19). */
#define RATE_FALSE_A 1.0
#define RATE_FALSE_B 19.0

struct rate {
	unsigned int struck, runs; /* k, n; struck <= runs */
};

struct rate_interval {
	double low, high;
};

/* 95 %; without runs [0, 1]. */
struct rate_interval rate_interval(const struct rate *rate);

enum { RATE_SURVIVALS_MAX = 1000000 };
/* Survivals needed at rate r: 1 for r >= 0.95; RATE_SURVIVALS_MAX for rates that are too low for fewer,
 * 0 among them. */
unsigned int rate_survivals(double r);

/* The logarithm of B(a + k, b + n - k) / B(a, b): the probability of these runs, in this order, if the rate
 * is distributed as Beta(a, b). */
double rate_log_evidence(const struct rate *rate, double a, double b);
/* The Bayes factor for "strikes as often as expected". expected->runs 0: 1. */
double rate_factor(const struct rate *rate, const struct rate *expected);

enum rate_stop {
	RATE_GO_ON,
	RATE_NARROW, /* the interval is at most `width` wide */
	RATE_STRIKES, /* the Bayes factor is above RATE_FACTOR */
	RATE_STRIKES_NOT, /* it is below 1 / RATE_FACTOR */
};

/* Whether enough is known. width 0: the interval is not looked at; expected NULL or without runs: the
 * factor is not. */
enum rate_stop rate_stop(const struct rate *rate, double width, const struct rate *expected);

#endif
