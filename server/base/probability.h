/* SPDX-License-Identifier: MIT */
/*
 * probability: the two distributions that counting runs needs. Pure; nothing is allocated.
 *
 * Beta: what is known of a rate after some runs struck and some did not. Gamma: what is known of a number
 * of deaths per minute. Relative error below 1e-9 for parameters up to 1e6 (tests/unit/repro_rate.c).
 * Source: Abramowitz & Stegun, 26.5 (incomplete beta, continued fraction 26.5.8) and 6.5 (incomplete gamma,
 * series 6.5.29 and continued fraction 6.5.31).
 */
#ifndef LASTWORDS_BASE_PROBABILITY_H
#define LASTWORDS_BASE_PROBABILITY_H

/* The logarithm of the beta function; a, b > 0. */
double probability_log_beta(double a, double b);

/* P(X <= x) for X ~ Beta(a, b); a, b > 0. x outside [0, 1] counts as the nearer end. */
double probability_beta(double a, double b, double x);
/* The x with P(X <= x) = p; p in [0, 1]. */
double probability_beta_quantile(double a, double b, double p);

/* P(X <= x) for X ~ Gamma(shape a, scale 1); a > 0. x below 0 counts as 0. */
double probability_gamma(double a, double x);
/* The x with P(X <= x) = p; p in [0, 1). */
double probability_gamma_quantile(double a, double p);

#endif
