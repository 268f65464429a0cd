/* SPDX-License-Identifier: MIT */
/*
 * poisson: what counts of crashes say of rates. Pure.
 *
 * THE INTERVAL is Garwood's, exact: from the rate at which the count or more has a probability of 2.5 %, to that at
 * which the count or fewer has it. THE COMPARISON of two counts in two exposures is exact too: if both have one rate,
 * the first of them is a binomial sample of their sum, with the first exposure's share. So the uncertainty of both
 * counts is in it.
 */
#ifndef LASTWORDS_QUERY_POISSON_H
#define LASTWORDS_QUERY_POISSON_H

/* The ends of the 95 % interval of the expectation of which count is a sample. low is 0 for a count of 0. */
double poisson_low(long count);
double poisson_high(long count);

/* How likely at most (at least) count of all are in a part that each is in with this probability (share, 0..1). */
double poisson_at_most(long count, long all, double share);
double poisson_at_least(long count, long all, double share);

#endif
