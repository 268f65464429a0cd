/* SPDX-License-Identifier: MIT */
/* times: how long until the crash strikes; see times.h. */
#include "times.h"

#include <stdlib.h>
#include <string.h>

#include "base/probability.h"
#include "rate.h"

/* By time; of equal times those that struck first: a run censored then was still observed. */
static int times_order(const void *a, const void *b)
{
	const struct times_run *x = a, *y = b;

	if (x->seconds < y->seconds || x->seconds > y->seconds)
		return x->seconds < y->seconds ? -1 : 1;
	return !!y->struck - !!x->struck;
}

/* The first time at which the survival curve of the sorted runs is at most level; -1 never. */
static double times_curve(const struct times_run *runs, size_t count, double level)
{
	double survival = 1;

	for (size_t i = 0; i < count; i++) {
		if (!runs[i].struck)
			continue;
		/* (one by one gives the same product as all deaths of that moment at once) */
		survival *= 1 - 1 / (double)(count - i);
		if (survival <= level + 1e-12)
			return runs[i].seconds;
	}
	return -1;
}

/* The smallest time that at least `part` of the sorted runs that struck have reached; -1 if none struck. */
static double times_of_struck(
    const struct times_run *runs, size_t count, size_t struck, double part)
{
	size_t seen = 0;

	for (size_t i = 0; i < count; i++)
		if (runs[i].struck && (double)++seen >= part * (double)struck - 1e-9)
			return runs[i].seconds;
	return -1;
}

static void times_fit(struct times *times)
{
	double d = (double)times->struck, half = (1 - RATE_CONFIDENCE) / 2;
	double hours = times->observed / 3600;

	if (!(hours > 0))
		return;
	times->per_hour = d / hours;
	times->per_hour_low = times->struck ? probability_gamma_quantile(d, half) / hours : 0;
	times->per_hour_high = probability_gamma_quantile(d + 1, 1 - half) / hours;
}

int times_of(struct err *err, const struct times_run *runs, size_t count, struct times *times)
{
	struct times_run *sorted = malloc((count ? count : 1) * sizeof(*sorted));

	memset(times, 0, sizeof(*times));
	if (!sorted)
		return err_set(err, "out of memory");
	if (count)
		memcpy(sorted, runs, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), times_order);
	times->runs = count;
	for (size_t i = 0; i < count; i++) {
		times->struck += !!sorted[i].struck;
		times->observed += sorted[i].seconds;
	}
	times->median = times_curve(sorted, count, 0.5);
	times->p90 = times_curve(sorted, count, 0.1);
	times->struck_median = times_of_struck(sorted, count, times->struck, 0.5);
	times->struck_p90 = times_of_struck(sorted, count, times->struck, 0.9);
	times_fit(times);
	free(sorted);
	return 0;
}
