/* SPDX-License-Identifier: MIT */
/*
 * rate, times, probability, verdict: figures as the headers promise them. The expected values were computed
 * by exact arithmetic of another kind (binomial sums with 60 digits, fractions, by hand).
 */
#include "repro/rate.h"

#include <math.h>

#include "base/probability.h"
#include "repro/times.h"
#include "repro/verdict.h"
#include "tap.h"

static void near_to(double got, double want, double relative, const char *name)
{
	if (!ok(fabs(got - want) <= relative * fabs(want) + 1e-13, "%s", name))
		printf("#      got: %.15g\n# expected: %.15g\n", got, want);
}

static void probabilities(void)
{
	near_to(probability_beta(2, 3, 0.4), 0.5248, 1e-12, "beta(2, 3) at 0.4");
	near_to(probability_beta(50, 60, 0.5), 0.8309072939016694, 1e-11, "beta(50, 60) at 0.5");
	near_to(probability_beta(1000, 3000, 0.24), 0.07108033400853588, 1e-9,
	    "beta(1000, 3000) at 0.24");
	near_to(probability_beta(5000, 5000, 0.5), 0.5, 1e-9, "beta(5000, 5000) at its middle");
	near_to(probability_beta(1, 19, 0.05), 0.6226463974646924, 1e-11, "beta(1, 19) at 0.05");
	ok(probability_beta(2, 3, -1) == 0 && probability_beta(2, 3, 7) == 1,
	    "beta outside [0, 1] is 0 or 1");
	near_to(probability_gamma(1, 1), 1 - exp(-1), 1e-12, "gamma(1) at 1");
	near_to(probability_gamma(5, 2), 0.05265301734371116, 1e-11, "gamma(5) at 2");
	near_to(probability_gamma(5, 12), 0.992399609318933, 1e-12, "gamma(5) at 12");
	near_to(probability_gamma(200, 190), 0.2433474271006238, 1e-9, "gamma(200) at 190");
	near_to(probability_gamma(200, 230), 0.9796688566711638, 1e-9, "gamma(200) at 230");
	near_to(
	    probability_gamma_quantile(7, 0.025), 2.814363051520, 1e-10, "quantile of gamma(7)");
	near_to(probability_gamma_quantile(8, 0.975), 14.422675361702, 1e-10, "of gamma(8)");
	near_to(probability_beta_quantile(3, 4, probability_beta(3, 4, 0.3)), 0.3, 1e-12,
	    "the quantile of a probability of x is x");
}

static void interval(unsigned int k, unsigned int n, double low, double high)
{
	struct rate rate = {k, n};
	struct rate_interval got = rate_interval(&rate);
	char name[64];

	snprintf(name, sizeof(name), "%u of %u: the lower end", k, n);
	near_to(got.low, low, 1e-10, name);
	snprintf(name, sizeof(name), "%u of %u: the upper end", k, n);
	near_to(got.high, high, 1e-10, name);
}

static void survivals(void)
{
	is_num(rate_survivals(0.35), 7, "at a rate of 0.35 7 survivals make 95 %");
	is_num(rate_survivals(0.05), 59, "at 0.05 59");
	is_num(rate_survivals(0.5), 5, "at 0.5 5");
	is_num(rate_survivals(0.95), 1, "at 0.95 1");
	is_num(rate_survivals(1), 1, "at 1 1");
	is_num(rate_survivals(1 - sqrt(0.05)), 2, "where 2 are exactly enough, 2");
	is_num(rate_survivals(0), RATE_SURVIVALS_MAX, "at 0 no number is enough");
	is_num(rate_survivals(1e-9), RATE_SURVIVALS_MAX, "at a billionth neither");
}

static void stops(void)
{
	const struct rate expected = {7, 20}, none = {0, 0};

	near_to(rate_factor(&(struct rate){0, 7}, &expected), 0.08959156785243742, 1e-9,
	    "the factor after 7 survivals, 7 of 20 being expected");
	near_to(rate_factor(&(struct rate){1, 1}, &expected), 7.2727272727272725, 1e-9,
	    "after one strike");
	near_to(rate_factor(&(struct rate){3, 10}, &expected), 8.739512941476477, 1e-9,
	    "after 3 of 10");
	near_to(rate_factor(&(struct rate){3, 10}, &none), 1, 1e-12, "with no expectation it is 1");
	is_num(rate_stop(&(struct rate){0, 7}, 0, &expected), RATE_GO_ON, "7 survivals: go on");
	is_num(rate_stop(&(struct rate){0, 12}, 0, &expected), RATE_STRIKES_NOT,
	    "12: it does not strike");
	is_num(rate_stop(&(struct rate){2, 2}, 0, &expected), RATE_STRIKES, "two strikes: it does");
	is_num(rate_stop(&(struct rate){0, 12}, 0, NULL), RATE_GO_ON, "with no expectation: go on");
	is_num(rate_stop(&(struct rate){0, 16}, 0.2, NULL), RATE_GO_ON, "0 of 16 is 0.206 wide");
	is_num(rate_stop(&(struct rate){0, 17}, 0.2, NULL), RATE_NARROW, "0 of 17 is 0.195 wide");
	is_num(rate_stop(&(struct rate){0, 17}, 0, NULL), RATE_GO_ON, "width 0 never stops");
	is_num(rate_stop(&none, 1, &expected), RATE_GO_ON, "no run: go on");
}

static void deaths(void)
{
	static const struct times_run runs[] = {{50, 1}, {20, 0}, {10, 1}, {40, 0}, {30, 1}};
	static const struct times_run rare[] = {{60, 0}, {12, 1}, {60, 0}, {60, 0}};
	/* a censored time equal to a death is still under observation then */
	static const struct times_run equal[] = {{10, 0}, {10, 1}};
	struct times times;
	struct err err;

	is_num(times_of(&err, runs, 5, &times), 0, "five runs, three struck");
	ok(times.runs == 5 && times.struck == 3, "they are counted");
	near_to(times.median, 50, 0, "the curve is 0.8, 0.53, 0: its median is 50 s");
	near_to(times.p90, 50, 0, "and so its 90 %");
	near_to(times.struck_median, 30, 0, "of those that struck, 30 s");
	near_to(times.struck_p90, 50, 0, "and 50 s");
	near_to(times.per_hour, 72, 1e-12, "3 in 150 s are 72 an hour");
	near_to(times.per_hour_low, 24 * 0.6186721211, 1e-8, "the interval's lower end");
	near_to(times.per_hour_high, 24 * 8.7672730697, 1e-8, "the upper end");

	times_of(&err, rare, 4, &times);
	ok(times.median < 0 && times.p90 < 0, "one of four: the curve does not get to a half");
	near_to(times.struck_median, 12, 0, "but those that struck did so after 12 s");
	times_of(&err, equal, 2, &times);
	near_to(times.median, 10, 0, "a run that was ended at a death's time counts as observed");
	times_of(&err, NULL, 0, &times);
	ok(times.runs == 0 && times.median < 0 && times.struck_median < 0 && times.per_hour == 0,
	    "no runs, no figures");
	times_of(&err, rare, 1, &times);
	ok(times.per_hour == 0 && times.per_hour_low == 0 && times.per_hour_high > 0,
	    "no death leaves an upper end");
}

static void verdicts(void)
{
	enum verdict verdict;
	int good = 1;

	for (int i = 0; i < VERDICTS; i++)
		good &= verdict_parse(verdict_name((enum verdict)i), &verdict) == 0 &&
			verdict == (enum verdict)i && verdict_text(verdict)[0];
	ok(good, "each verdict has a name that is read back, and a text");
	is_num(verdict_parse("lived", &verdict), -1, "another name is no verdict");
	is_num(verdict_parse(NULL, &verdict), -1, "nor is no name");
	is_num(verdict_of_crash("ab", "ab"), VERDICT_SAME, "the expected signature is the same");
	is_num(verdict_of_crash("cd", "ab"), VERDICT_OTHER, "another one is another crash");
	is_num(verdict_of_crash("", "ab"), VERDICT_OTHER, "and so is one without a signature");
	is_num(
	    verdict_of_crash("", ""), VERDICT_SAME, "where nothing is expected any crash counts");
}

int main(void)
{
	probabilities();
	interval(7, 20, 0.153909204785, 0.592188534533);
	interval(0, 20, 0, 0.168433470983);
	interval(20, 20, 0.831566529017, 1);
	interval(1, 3, 0.008403758660, 0.905700675950);
	interval(300, 1000, 0.271721112129, 0.329461678697);
	interval(0, 0, 0, 1);
	survivals();
	stops();
	deaths();
	verdicts();
	return tap_done();
}
