/* SPDX-License-Identifier: MIT */
/* rate: how often a crash strikes; see rate.h. */
#include "rate.h"

#include <math.h>

#include "base/probability.h"

struct rate_interval rate_interval(const struct rate *rate)
{
	double k = rate->struck, n = rate->runs, half = (1 - RATE_CONFIDENCE) / 2;
	struct rate_interval interval = {.low = 0, .high = 1};

	if (rate->struck > 0)
		interval.low = probability_beta_quantile(k, n - k + 1, half);
	if (rate->struck < rate->runs)
		interval.high = probability_beta_quantile(k + 1, n - k, 1 - half);
	return interval;
}

unsigned int rate_survivals(double r)
{
	double needed;

	if (r >= RATE_CONFIDENCE)
		return 1;
	if (!(r > 0))
		return RATE_SURVIVALS_MAX;
	/* (the small number keeps 0.05 = 0.95^n exact where it should be) */
	needed = ceil(log(1 - RATE_CONFIDENCE) / log1p(-r) - 1e-9);
	return needed < RATE_SURVIVALS_MAX ? (unsigned int)needed : RATE_SURVIVALS_MAX;
}

double rate_log_evidence(const struct rate *rate, double a, double b)
{
	double k = rate->struck, n = rate->runs;

	return probability_log_beta(a + k, b + n - k) - probability_log_beta(a, b);
}

double rate_factor(const struct rate *rate, const struct rate *expected)
{
	double k0 = expected->struck, n0 = expected->runs;

	if (expected->runs == 0)
		return 1;
	return exp(rate_log_evidence(rate, 1 + k0, 1 + n0 - k0) -
		   rate_log_evidence(rate, RATE_FALSE_A, RATE_FALSE_B));
}

enum rate_stop rate_stop(const struct rate *rate, double width, const struct rate *expected)
{
	if (rate->runs == 0)
		return RATE_GO_ON;
	if (expected && expected->runs > 0) {
		double factor = rate_factor(rate, expected);

		if (factor > RATE_FACTOR)
			return RATE_STRIKES;
		if (factor < 1 / RATE_FACTOR)
			return RATE_STRIKES_NOT;
	}
	if (width > 0) {
		struct rate_interval interval = rate_interval(rate);

		if (interval.high - interval.low <= width)
			return RATE_NARROW;
	}
	return RATE_GO_ON;
}
