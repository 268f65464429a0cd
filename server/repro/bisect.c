/* SPDX-License-Identifier: MIT */
/* bisect: finds the first bad candidate; see bisect.h. */
#include "bisect.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Information below this many bits counts as 0. */
#define BISECT_NOTHING 1e-9

int bisect_init(struct err *err, struct bisect *bisect, size_t count)
{
	memset(bisect, 0, sizeof(*bisect));
	if (count < 2 || count > BISECT_MAX)
		return err_set(err,
		    "%zu candidates; a bisection needs 2 to %d, the first of them good and the last bad",
		    count, BISECT_MAX);
	bisect->run_minutes = 1;
	bisect->confidence = BISECT_CONFIDENCE;
	bisect->confirm = BISECT_CONFIRM;
	bisect->count = count;
	bisect->candidates = calloc(count, sizeof(*bisect->candidates));
	bisect->posterior = calloc(count, sizeof(*bisect->posterior));
	bisect->scratch = calloc(count, 4 * sizeof(*bisect->scratch));
	if (!bisect->candidates || !bisect->posterior || !bisect->scratch) {
		bisect_free(bisect);
		return err_set(err, "out of memory");
	}
	bisect_update(bisect);
	return 0;
}

void bisect_free(struct bisect *bisect)
{
	free(bisect->candidates);
	free(bisect->posterior);
	free(bisect->scratch);
	bisect->candidates = NULL;
	bisect->posterior = bisect->scratch = NULL;
}

/* --- the posterior --------------------------------------------------------------------------------- */

/* The distributions of p and q before the first run. */
struct bisect_prior {
	double bad_a, bad_b, good_a, good_b;
};

static struct bisect_prior bisect_prior(const struct bisect *bisect)
{
	double k = bisect->expected.struck, n = bisect->expected.runs;

	return (struct bisect_prior){1 + k, 1 + n - k, RATE_FALSE_A, RATE_FALSE_B};
}

/* Moves the runs of a candidate from one sum to the other. */
static void rate_move(struct rate *from, struct rate *to, const struct rate *what)
{
	from->struck -= what->struck;
	from->runs -= what->runs;
	to->struck += what->struck;
	to->runs += what->runs;
}

void bisect_rates(const struct bisect *bisect, size_t culprit, struct rate *bad, struct rate *good)
{
	*bad = *good = (struct rate){0, 0};
	for (size_t i = 0; i < bisect->count; i++) {
		struct rate *to = i < culprit ? good : bad;

		to->struck += bisect->candidates[i].rate.struck;
		to->runs += bisect->candidates[i].rate.runs;
	}
}

void bisect_update(struct bisect *bisect)
{
	struct bisect_prior prior = bisect_prior(bisect);
	double *p = bisect->posterior, best = -INFINITY, sum = 0;
	struct rate bad, good;

	bisect_rates(bisect, 0, &bad, &good);
	for (size_t c = 1; c < bisect->count; c++) {
		rate_move(&bad, &good, &bisect->candidates[c - 1].rate);
		p[c] = rate_log_evidence(&bad, prior.bad_a, prior.bad_b) +
		       rate_log_evidence(&good, prior.good_a, prior.good_b);
		best = p[c] > best ? p[c] : best;
	}
	for (size_t c = 1; c < bisect->count; c++)
		sum += p[c] = exp(p[c] - best);
	for (size_t c = 1; c < bisect->count; c++)
		p[c] /= sum;
	p[0] = 0;
}

void bisect_count(struct bisect *bisect, size_t candidate, enum verdict verdict)
{
	struct bisect_candidate *at = &bisect->candidates[candidate];

	if (verdict == VERDICT_SAME || verdict == VERDICT_SURVIVED) {
		at->rate.runs++;
		at->rate.struck += verdict == VERDICT_SAME;
		at->useless = 0;
		bisect_update(bisect);
	} else if (++at->useless >= BISECT_USELESS && at->rate.runs == 0) {
		at->barred = 1;
	}
}

size_t bisect_culprit(const struct bisect *bisect)
{
	size_t best = 1;

	for (size_t c = 2; c < bisect->count; c++)
		if (bisect->posterior[c] > bisect->posterior[best])
			best = c;
	return best;
}

/* x log2 x, without 0 log 0. */
static double bits(double x)
{
	return x > 0 ? x * log2(x) : 0;
}

double bisect_entropy(const struct bisect *bisect)
{
	double sum = 0;

	for (size_t c = 1; c < bisect->count; c++)
		sum -= bits(bisect->posterior[c]);
	return sum;
}

void bisect_range(const struct bisect *bisect, size_t *first, size_t *last)
{
	double inside = 0;
	size_t from = 1;

	*first = 1;
	*last = bisect->count - 1;
	for (size_t to = 1; to < bisect->count; to++) {
		inside += bisect->posterior[to];
		while (from < to && inside - bisect->posterior[from] >= BISECT_NAME)
			inside -= bisect->posterior[from++];
		if (inside >= BISECT_NAME && to - from < *last - *first) {
			*first = from;
			*last = to;
		}
	}
}

/* --- what to run next ------------------------------------------------------------------------------ */

/*
 * The expected entropy after a run on candidate i is -(sum over both verdicts v and all culprits c of
 * w log w) + (sum over v of P(v) log P(v)), w = posterior(c) P(v | c, i). P(v | c, i) depends on i only by
 * whether i is bad, c <= i: so the sums over c are prefix sums of the "bad" terms and what is left of the
 * sums of the "good" terms, and all candidates together cost one pass.
 */
struct bisect_sums {
	double struck, survived; /* P(v), so far */
	double struck_bits, survived_bits; /* of w */
};

static void bisect_add(struct bisect_sums *sums, double posterior, double chance, double sign)
{
	sums->struck += sign * posterior * chance;
	sums->survived += sign * posterior * (1 - chance);
	sums->struck_bits += sign * bits(posterior * chance);
	sums->survived_bits += sign * bits(posterior * (1 - chance));
}

/* The chance that a run strikes if it is one of those counted in rate, given a and b before them. */
static double bisect_chance(const struct rate *rate, double a, double b)
{
	return (a + rate->struck) / (a + b + rate->runs);
}

/* Sets chance[c] and chance[count + c]: that a run on a bad, a good candidate strikes if c is the culprit. */
static void bisect_chances(struct bisect *bisect, double *chance)
{
	struct bisect_prior prior = bisect_prior(bisect);
	struct rate bad, good;

	bisect_rates(bisect, 0, &bad, &good);
	for (size_t c = 1; c < bisect->count; c++) {
		rate_move(&bad, &good, &bisect->candidates[c - 1].rate);
		chance[c] = bisect_chance(&bad, prior.bad_a, prior.bad_b);
		chance[bisect->count + c] = bisect_chance(&good, prior.good_a, prior.good_b);
	}
}

static double bisect_cost(const struct bisect *bisect, size_t candidate)
{
	return bisect->run_minutes +
	       (bisect->candidates[candidate].built ? 0 : bisect->build_minutes);
}

/* The candidate with the most information per minute, and that information in bits per minute. */
static double bisect_pick(struct bisect *bisect, size_t *candidate)
{
	const double *p = bisect->posterior;
	double *chance = bisect->scratch, now = bisect_entropy(bisect), best = 0;
	struct bisect_sums bad = {0}, good = {0};

	bisect_chances(bisect, chance);
	for (size_t c = 1; c < bisect->count; c++)
		bisect_add(&good, p[c], chance[bisect->count + c], 1);
	for (size_t i = 0; i < bisect->count; i++) {
		double after, gain;

		if (i > 0) {
			bisect_add(&bad, p[i], chance[i], 1);
			bisect_add(&good, p[i], chance[bisect->count + i], -1);
		}
		if (bisect->candidates[i].barred)
			continue;
		after = bits(bad.struck + good.struck) + bits(bad.survived + good.survived) -
			bad.struck_bits - good.struck_bits - bad.survived_bits - good.survived_bits;
		gain = (now - after) / bisect_cost(bisect, i);
		if (gain > best && now - after > BISECT_NOTHING) {
			best = gain;
			*candidate = i;
		}
	}
	return best;
}

/* The more likely verdict of a run that is under way. */
static int bisect_guess(const struct bisect *bisect, size_t candidate, const double *chance)
{
	double strikes = 0;

	for (size_t c = 1; c < bisect->count; c++)
		strikes += bisect->posterior[c] * chance[c <= candidate ? c : bisect->count + c];
	return strikes >= 0.5;
}

/* Counts what is under way as done; the rates before that are in saved. 1 if anything is under way. */
static int bisect_suppose(struct bisect *bisect, struct rate *saved)
{
	double *chance = bisect->scratch;
	int any = 0;

	for (size_t i = 0; i < bisect->count; i++)
		saved[i] = bisect->candidates[i].rate;
	for (size_t i = 0; i < bisect->count; i++) {
		struct bisect_candidate *at = &bisect->candidates[i];

		for (unsigned int n = 0; n < at->pending; n++) {
			bisect_chances(bisect, chance);
			at->rate.struck += (unsigned int)bisect_guess(bisect, i, chance);
			at->rate.runs++;
			bisect_update(bisect);
			any = 1;
		}
	}
	return any;
}

/* Culprit and parent: runs the one that has fewer runs, counted and under way, until both have enough. */
static enum bisect_step bisect_compare(
    const struct bisect *bisect, size_t culprit, size_t *candidate)
{
	const struct bisect_candidate *own = &bisect->candidates[culprit], *parent = own - 1;
	unsigned int own_runs = own->rate.runs + own->pending;
	unsigned int parent_runs = parent->rate.runs + parent->pending;
	unsigned int enough = bisect->confirm;

	*candidate = culprit;
	if (!parent->barred && parent_runs < enough && (own->barred || parent_runs < own_runs)) {
		*candidate = culprit - 1;
		return BISECT_COMPARE;
	}
	if (!own->barred && own_runs < enough)
		return BISECT_COMPARE;
	return (!own->barred && own->rate.runs < enough) ||
		       (!parent->barred && parent->rate.runs < enough)
		   ? BISECT_WAIT
		   : BISECT_FOUND;
}

enum bisect_step bisect_next(struct bisect *bisect, size_t *candidate)
{
	/* the second half of scratch: the first is bisect_pick's */
	struct rate *saved = (struct rate *)(void *)(bisect->scratch + 2 * bisect->count);
	size_t culprit = bisect_culprit(bisect);
	double gain;

	if (bisect->posterior[culprit] >= bisect->confidence)
		return bisect_compare(bisect, culprit, candidate);
	if (bisect_suppose(bisect, saved)) {
		gain = bisect_pick(bisect, candidate);
		for (size_t i = 0; i < bisect->count; i++)
			bisect->candidates[i].rate = saved[i];
		bisect_update(bisect);
		if (gain > 0)
			return BISECT_SEARCH;
	}
	if (bisect_pick(bisect, candidate) > 0)
		return BISECT_SEARCH;
	*candidate = culprit;
	return BISECT_STUCK;
}
