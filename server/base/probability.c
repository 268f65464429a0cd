/* SPDX-License-Identifier: MIT */
/* probability: beta and gamma distributions; see probability.h. */
#include "probability.h"

#include <float.h>
#include <math.h>

/* Steps of a fraction or series: enough for parameters of 1e6, which need some of their square root. */
enum { PROBABILITY_STEPS = 20000 };
#define PROBABILITY_EPSILON 1e-15
#define PROBABILITY_TINY 1e-300

double probability_log_beta(double a, double b)
{
	return lgamma(a) + lgamma(b) - lgamma(a + b);
}

static double away_from_zero(double x)
{
	return fabs(x) < PROBABILITY_TINY ? PROBABILITY_TINY : x;
}

/* A continued fraction b0 + a1/(b1 + a2/(b2 + …)), evaluated from its front by the modified Lentz method. */
struct fraction {
	double value, up, down;
};

/* Takes the next step b + a/…. 1 when the value no longer changes. */
static int fraction_step(struct fraction *f, double a, double b)
{
	double change;

	f->down = 1 / away_from_zero(b + a * f->down);
	f->up = away_from_zero(b + a / f->up);
	change = f->up * f->down;
	f->value *= change;
	return fabs(change - 1) < PROBABILITY_EPSILON;
}

/* 26.5.8; converges fast where x < (a + 1) / (a + b + 2). */
static double beta_fraction(double a, double b, double x)
{
	struct fraction f = {.value = 1, .up = 1, .down = 0};

	for (int m = 0; m < PROBABILITY_STEPS; m++) {
		double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		double even = (m + 1) * (b - m - 1) * x / ((a + 2 * m + 1) * (a + 2 * m + 2));

		fraction_step(&f, odd, 1);
		if (fraction_step(&f, even, 1))
			break;
	}
	return 1 / f.value;
}

double probability_beta(double a, double b, double x)
{
	double front;

	if (!(x > 0))
		return 0;
	if (x >= 1)
		return 1;
	front = exp(a * log(x) + b * log1p(-x) - probability_log_beta(a, b));
	if (x < (a + 1) / (a + b + 2))
		return front * beta_fraction(a, b, x) / a;
	return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double probability_beta_quantile(double a, double b, double p)
{
	double low = 0, high = 1;

	/* (halving needs no derivative, and a double has no more than these many bits) */
	for (int i = 0; i < DBL_MANT_DIG + 12; i++) {
		double middle = (low + high) / 2;

		if (probability_beta(a, b, middle) < p)
			low = middle;
		else
			high = middle;
	}
	return (low + high) / 2;
}

/* 6.5.29; for x < a + 1. */
static double gamma_series(double a, double x)
{
	double term = 1 / a, sum = term;

	for (int i = 1; i < PROBABILITY_STEPS && term > sum * PROBABILITY_EPSILON; i++) {
		term *= x / (a + i);
		sum += term;
	}
	return sum;
}

/* 6.5.31 in its even form; for x >= a + 1. */
static double gamma_fraction(double a, double x)
{
	double b = away_from_zero(x + 1 - a);
	struct fraction f = {.value = b, .up = b, .down = 0};

	for (int i = 1; i < PROBABILITY_STEPS; i++)
		if (fraction_step(&f, -i * (i - a), b + 2 * i))
			break;
	return 1 / f.value;
}

double probability_gamma(double a, double x)
{
	double front;

	if (!(x > 0))
		return 0;
	front = exp(a * log(x) - x - lgamma(a));
	return x < a + 1 ? front * gamma_series(a, x) : 1 - front * gamma_fraction(a, x);
}

double probability_gamma_quantile(double a, double p)
{
	double low = 0, high = a + 1;

	while (probability_gamma(a, high) < p && high < DBL_MAX / 4)
		high *= 2;
	for (int i = 0; i < DBL_MANT_DIG + 12; i++) {
		double middle = (low + high) / 2;

		if (probability_gamma(a, middle) < p)
			low = middle;
		else
			high = middle;
	}
	return (low + high) / 2;
}
