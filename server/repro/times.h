/* SPDX-License-Identifier: MIT */
/*
 * times: how long a machine runs until the crash strikes. Pure but for the sorted copy it makes.
 *
 * Each run was observed for some time after "running", and either struck at its end or not. One that
 * survived its time limit, or died of another crash, is *censored*: it would have struck later, or never.
 *
 * QUANTILES are those of Kaplan and Meier's survival curve, S(t) = product over the times of death <= t of
 * (1 - struck at that time / runs still observed just before): the median is the first time at which
 * S(t) <= 0.5, "90 %" the first at which S(t) <= 0.1. A curve that ends above (most runs survived) does not
 * say: then there is the median and the 90 % of those runs that struck, which answers another question:
 * how long is worth waiting.
 *
 * THE EXPONENTIAL RATE: d deaths in the time T that all runs together were observed: d / T, as if the crash
 * struck at random at any moment. Its 95 % interval is that of a count: quantiles of Gamma(d) and Gamma(d + 1)
 * divided by T, exact if T had been fixed before. "any moment" is wrong for a crash that strikes only while
 * booting; then the quantiles are to be believed.
 */
#ifndef LASTWORDS_REPRO_TIMES_H
#define LASTWORDS_REPRO_TIMES_H

#include <stddef.h>

#include "base/err.h"

struct times_run {
	double seconds; /* observed, >= 0 */
	int struck;
};

struct times {
	size_t struck, runs;
	double median, p90; /* s, of Kaplan-Meier; below 0: the curve does not get there */
	double struck_median, struck_p90; /* s, of those that struck; below 0: none did */
	double observed; /* s, all runs together */
	double per_hour, per_hour_low,
	    per_hour_high; /* exponential; all 0 if nothing was observed */
};

/* 0, or -1: out of memory. */
int times_of(struct err *err, const struct times_run *runs, size_t count, struct times *times);

#endif
