/* SPDX-License-Identifier: MIT */
/*
 * poisson: what counts of crashes say of rates. Pure.
 *
 * THE INTERVAL is Garwood's, exact: the rates at which so many or more, or so few or fewer, have a probability of
 * 2.5 % each. THE COMPARISON of two counts in two exposures is exact too: if both have one rate, the first is, of both
 * together, distributed binomially with the first exposure's share. So the uncertainty of both counts is in it.
 */
#ifndef LASTWORDS_QUERY_POISSON_H
#define LASTWORDS_QUERY_POISSON_H

/* The ends of the 95 % interval of the expectation of which count is a sample. low is 0 for a count of 0. */
double poisson_low(long count);
double poisson_high(long count);

/* How likely a count is of at most (at least) so many of all, if each belongs to it with this share (0..1). */
double poisson_at_most(long count, long all, double share);
double poisson_at_least(long count, long all, double share);

#endif
