/* SPDX-License-Identifier: MIT */
/*
 * bisect: the posterior against fractions computed by hand, what is run next, the end, and what happens to
 * candidates that give no verdict. How often it is right is repro_simulation.c's.
 */
#include "repro/bisect.h"

#include <math.h>
#include <stdlib.h>

#include "tap.h"

static struct bisect made(size_t count)
{
	struct bisect bisect;
	struct err err;

	if (bisect_init(&err, &bisect, count))
		exit(1);
	return bisect;
}

static void count(struct bisect *bisect, size_t candidate, enum verdict verdict, int times)
{
	while (times-- > 0)
		bisect_count(bisect, candidate, verdict);
}

static int equals(const struct bisect *bisect, size_t candidate, double want)
{
	return fabs(bisect->posterior[candidate] - want) < 1e-12;
}

static void posterior(void)
{
	struct bisect bisect = made(4), other;
	size_t first, last;

	ok(equals(&bisect, 0, 0) && equals(&bisect, 1, 1 / 3.0) && equals(&bisect, 3, 1 / 3.0),
	    "at first each culprit is equally likely");
	ok(fabs(bisect_entropy(&bisect) - log2(3)) < 1e-12, "the entropy of three is log2 3");
	count(&bisect, 1, VERDICT_SURVIVED, 2);
	count(&bisect, 2, VERDICT_SAME, 1);
	ok(equals(&bisect, 1, 77 / 533.0) && equals(&bisect, 2, 418 / 533.0) &&
		equals(&bisect, 3, 38 / 533.0),
	    "after two survivals and a strike the posterior is that of the model");
	is_num((long long)bisect_culprit(&bisect), 2, "the one that struck is the most likely");
	bisect_range(&bisect, &first, &last);
	ok(first == 1 && last == 2, "candidates 1 to 2 hold the culprit with 0.9");

	other = made(4);
	other.expected = (struct rate){9, 10};
	count(&other, 2, VERDICT_SAME, 1);
	count(&other, 1, VERDICT_SURVIVED, 2);
	ok(equals(&other, 1, 495 / 14821.0) && equals(&other, 2, 13585 / 14821.0) &&
		equals(&other, 3, 741 / 14821.0),
	    "where 9 of 10 are expected, survivals say more");
	bisect_range(&other, &first, &last);
	ok(first == 2 && last == 2, "and the range is one candidate");
	bisect_free(&bisect);
	bisect_free(&other);
}

/* With certain rates it is plain bisection. */
static void halves(void)
{
	struct bisect bisect = made(65);
	enum bisect_step step;
	size_t candidate = 0;
	int runs = 0;

	bisect.expected = (struct rate){100000, 100000};
	bisect_update(&bisect);
	step = bisect_next(&bisect, &candidate);
	ok(step == BISECT_SEARCH && candidate >= 31 && candidate <= 34,
	    "the first run is in the middle (%zu)", candidate);
	while ((step = bisect_next(&bisect, &candidate)) == BISECT_SEARCH && runs++ < 100)
		bisect_count(&bisect, candidate, candidate >= 20 ? VERDICT_SAME : VERDICT_SURVIVED);
	ok(runs <= 9, "a crash that always strikes is found as by halving, in %d runs", runs);
	is_num((long long)bisect_culprit(&bisect), 20, "it is the right one");
	ok(step == BISECT_COMPARE, "then culprit and parent are compared");
	bisect_free(&bisect);
}

static void compares(void)
{
	struct bisect bisect = made(4), again;
	size_t candidate = 0;
	int own = 0, parents = 0;
	enum bisect_step step;

	bisect.expected = (struct rate){9, 10};
	bisect.confirm = 4;
	count(&bisect, 2, VERDICT_SAME, 3);
	count(&bisect, 1, VERDICT_SURVIVED, 2);
	while ((step = bisect_next(&bisect, &candidate)) == BISECT_COMPARE && own + parents < 20) {
		own += candidate == 2;
		parents += candidate == 1;
		bisect_count(&bisect, candidate, candidate == 2 ? VERDICT_SAME : VERDICT_SURVIVED);
	}
	ok(step == BISECT_FOUND && candidate == 2, "the culprit is named");
	ok(own == 1 && parents == 2, "after four runs of it and four of its parent");

	again = made(4);
	again.expected = (struct rate){9, 10};
	again.confirm = 4;
	count(&again, 1, VERDICT_SURVIVED, 4);
	count(&again, 2, VERDICT_SAME, 4);
	ok(fabs(again.posterior[2] - bisect.posterior[2]) < 1e-12 &&
		bisect_next(&again, &candidate) == BISECT_FOUND,
	    "the same verdicts in another order give the same end");

	/* the parent strikes after all */
	count(&again, 1, VERDICT_SAME, 3);
	ok(bisect_next(&again, &candidate) != BISECT_FOUND, "a parent that strikes takes it back");
	bisect_free(&bisect);
	bisect_free(&again);
}

static void costs(void)
{
	struct bisect bisect = made(65);
	size_t candidate = 0, idle = 0;

	bisect.build_minutes = 30;
	bisect.candidates[20].built = 1;
	bisect_next(&bisect, &candidate);
	is_num((long long)candidate, 20,
	    "a kernel that is built goes before one that is in the middle");
	bisect.build_minutes = 0.01;
	bisect_next(&bisect, &candidate);
	ok(candidate > 24 && candidate < 37, "but not if building costs little (%zu)", candidate);
	bisect.candidates[candidate].pending = 1;
	is_num(bisect_next(&bisect, &idle), BISECT_SEARCH, "a second target gets work too");
	ok(idle != candidate, "another candidate (%zu) than the first (%zu)", idle, candidate);
	is_num(bisect.candidates[candidate].rate.runs, 0, "a run under way is not counted");
	bisect_free(&bisect);

	bisect = made(65);
	bisect.expected = (struct rate){99, 100};
	bisect.candidates[60].pending = 1;
	bisect_next(&bisect, &idle);
	ok(idle < 40, "next to a run that will probably strike, one before it (%zu)", idle);
	bisect_free(&bisect);
}

static void waits(void)
{
	struct bisect bisect = made(3);
	size_t candidate = 0;

	bisect.expected = (struct rate){90, 100};
	bisect.confirm = 3;
	count(&bisect, 2, VERDICT_SAME, 2);
	count(&bisect, 1, VERDICT_SURVIVED, 3);
	bisect.candidates[2].pending = 1;
	is_num(bisect_next(&bisect, &candidate), BISECT_WAIT, "the last run is waited for");
	bisect.candidates[2].pending = 0;
	is_num(bisect_next(&bisect, &candidate), BISECT_COMPARE, "or done again");
	bisect_free(&bisect);
}

static void bars(void)
{
	struct bisect bisect = made(4);
	enum bisect_step step;
	size_t candidate = 0, first, last;
	int runs = 0, barred = 0;

	bisect.expected = (struct rate){99, 100};
	count(&bisect, 2, VERDICT_NONE, 2);
	count(&bisect, 2, VERDICT_OTHER, 1);
	ok(bisect.candidates[2].barred && bisect.candidates[2].rate.runs == 0,
	    "three useless verdicts bar a candidate, and are not counted");
	while ((step = bisect_next(&bisect, &candidate)) == BISECT_SEARCH && runs++ < 200) {
		barred += candidate == 2;
		bisect_count(&bisect, candidate, candidate == 3 ? VERDICT_SAME : VERDICT_SURVIVED);
	}
	is_num(barred, 0, "it is not run again");
	is_num(step, BISECT_STUCK, "what it would decide stays open");
	bisect_range(&bisect, &first, &last);
	ok(first == 2 && last == 3, "the result is a range");
	bisect_free(&bisect);

	bisect = made(4);
	count(&bisect, 2, VERDICT_NONE, 2);
	count(&bisect, 2, VERDICT_SURVIVED, 1);
	count(&bisect, 2, VERDICT_NONE, 5);
	ok(!bisect.candidates[2].barred, "one that gave a verdict is not barred");
	bisect_free(&bisect);
}

int main(void)
{
	struct bisect bisect;
	struct err err;

	is_num(bisect_init(&err, &bisect, 1), -1, "one candidate is too few");
	is_num(bisect_init(&err, &bisect, BISECT_MAX + 1), -1, "there can be too many");
	posterior();
	halves();
	compares();
	costs();
	waits();
	bars();
	return tap_done();
}
