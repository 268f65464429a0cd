/* SPDX-License-Identifier: MIT */
/*
 * Bisection of a crash that strikes sometimes, and campaigns, against made-up machines whose rates are known.
 * Path: bisect.h, rate.h and a random generator with a fixed seed. Evidence: 200 random cases over 64
 * candidates for each pair of rates are right in the part that is promised; next to them, in the same cases,
 * plain bisection and one that runs each candidate three times. The intervals of campaigns hold the true
 * rate. The table's lines begin with "# " (tests/bench/bisect.sh prints them).
 */
#include "repro/bisect.h"

#include <stdint.h>

#include "tap.h"

enum { CANDIDATES = 64, CASES = 200, RUNS_MAX = 400, CAMPAIGN_RUNS = 20 };

static uint64_t state;

/* The next number of [0, 1): a 64-bit linear congruential generator, its upper bits. */
static double chance(void)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (double)(state >> 11) / 9007199254740992.0;
}

struct machine {
	size_t culprit;
	double bad, good; /* rates */
	unsigned int runs;
};

static int strikes(struct machine *machine, size_t candidate)
{
	machine->runs++;
	return chance() < (candidate >= machine->culprit ? machine->bad : machine->good);
}

/* Runs each candidate `repeat` times: it is bad if one of them strikes. */
static size_t plain(struct machine *machine, unsigned int repeat)
{
	size_t good = 0, bad = CANDIDATES - 1;

	while (bad - good > 1) {
		size_t middle = (good + bad) / 2;
		int struck = 0;

		for (unsigned int i = 0; i < repeat && !struck; i++)
			struck = strikes(machine, middle);
		if (struck)
			bad = middle;
		else
			good = middle;
	}
	return bad;
}

/* Ours; 0 if it names none. searched: runs before culprit and parent were compared. */
static size_t ours(struct machine *machine, unsigned int *searched)
{
	enum bisect_step step = BISECT_SEARCH;
	struct bisect bisect;
	struct err err;
	size_t candidate = 0;

	if (bisect_init(&err, &bisect, CANDIDATES))
		return 0;
	while (machine->runs < RUNS_MAX) {
		step = bisect_next(&bisect, &candidate);
		if (step != BISECT_SEARCH && step != BISECT_COMPARE)
			break;
		*searched += step == BISECT_SEARCH;
		bisect_count(&bisect, candidate,
		    strikes(machine, candidate) ? VERDICT_SAME : VERDICT_SURVIVED);
	}
	bisect_free(&bisect);
	return step == BISECT_FOUND ? candidate : 0;
}

struct score {
	unsigned int right, wrong, runs, searched, most;
};

static void score(struct score *score, const struct machine *machine, size_t found)
{
	score->right += found == machine->culprit;
	score->wrong += found && found != machine->culprit;
	score->runs += machine->runs;
	score->most = machine->runs > score->most ? machine->runs : score->most;
}

static void row(const char *name, const struct score *score)
{
	printf("#   %-24s %6.1f %6.1f %6.1f %6u\n", name, 100.0 * score->right / CASES,
	    100.0 * score->wrong / CASES, (double)score->runs / CASES, score->most);
}

static void cases(double bad, double good, double wanted)
{
	struct score one = {0}, three = {0}, own = {0};

	state = 20261129;
	for (int i = 0; i < CASES; i++) {
		struct machine machine = {.bad = bad, .good = good};
		unsigned int searched = 0;

		machine.culprit = 1 + (size_t)(chance() * (CANDIDATES - 1));
		score(&one, &machine, plain(&machine, 1));
		machine.runs = 0;
		score(&three, &machine, plain(&machine, 3));
		machine.runs = 0;
		score(&own, &machine, ours(&machine, &searched));
		own.searched += searched;
	}
	printf(
	    "# %d candidates, bad ones strike in %.2f of their runs, good ones in %.2f; %d cases\n",
	    CANDIDATES, bad, good, CASES);
	printf("#   %-24s %6s %6s %6s %6s\n", "bisection", "right%", "wrong%", "runs", "most");
	row("plain", &one);
	row("each three times", &three);
	row("lastwords", &own);
	printf("#   (of its runs %.1f search, the others compare culprit and parent)\n",
	    (double)own.searched / CASES);
	ok(own.right >= wanted * CASES, "right in at least %.0f %% at %.2f and %.2f", wanted * 100,
	    bad, good);
	ok(own.right >= three.right && own.right > one.right,
	    "more often than plain bisection, at least as often as with three runs each");
}

/* How many of `count` campaigns have an interval that holds the true rate. width 0: all of equal length. */
static int covered(double true_rate, int count, unsigned int runs, double width)
{
	int held = 0;

	for (int i = 0; i < count; i++) {
		struct rate rate = {0, 0};
		struct rate_interval interval;

		while (rate.runs < runs && !rate_stop(&rate, width, NULL)) {
			rate.runs++;
			rate.struck += chance() < true_rate;
		}
		interval = rate_interval(&rate);
		held += interval.low <= true_rate && true_rate <= interval.high;
	}
	return held;
}

static void campaigns(void)
{
	int held;

	state = 3;
	held = covered(0.3, 20, CAMPAIGN_RUNS, 0);
	ok(held >= 18, "of 20 campaigns of 20 runs %d hold the true rate of 0.3", held);
	held = covered(0.3, 4000, CAMPAIGN_RUNS, 0);
	ok(held >= 3800, "of 4000 such campaigns %.1f %%", held / 40.0);
	held = covered(0.02, 4000, CAMPAIGN_RUNS, 0);
	ok(held >= 3800, "of 4000 at a rate of 0.02 %.1f %%", held / 40.0);
	held = covered(0.3, 1000, 400, 0.2);
	ok(held >= 930, "of 1000 that stop when the interval is narrow enough %.1f %%",
	    held / 10.0);
}

int main(void)
{
	cases(0.9, 0.0, 0.95);
	cases(0.5, 0.05, 0.90);
	campaigns();
	return tap_done();
}
