/* SPDX-License-Identifier: MIT */
/* poisson: what counts say of rates; see poisson.h. */
#include "poisson.h"

#include "base/probability.h"

#define POISSON_HALF 0.025 /* of a 95 % interval: outside at each end */

double poisson_low(long count)
{
	return count > 0 ? probability_gamma_quantile((double)count, POISSON_HALF) : 0;
}

double poisson_high(long count)
{
	return probability_gamma_quantile((double)count + 1, 1 - POISSON_HALF);
}

/* (Abramowitz & Stegun 26.5.24; each tail by itself, so that a small one is exact) */

double poisson_at_most(long count, long all, double share)
{
	if (count < 0)
		return 0;
	if (count >= all)
		return 1;
	return probability_beta((double)(all - count), (double)count + 1, 1 - share);
}

double poisson_at_least(long count, long all, double share)
{
	if (count <= 0)
		return 1;
	if (count > all)
		return 0;
	return probability_beta((double)count, (double)(all - count + 1), share);
}
