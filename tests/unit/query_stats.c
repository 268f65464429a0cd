/* SPDX-License-Identifier: MIT */
/*
 * poisson, correlate, exposure, said, names: what the headers promise. The intervals are those of Garwood's table (1936)
 * and its formula with chi-square quantiles; the rest was computed by hand.
 */
#include "tap.h"

#include <math.h>

#include "query/correlate.h"
#include "query/exposure.h"
#include "query/names.h"
#include "query/poisson.h"
#include "query/rows.h"
#include "query/said.h"

static struct err err;

static void near_to(double got, double want, double off, const char *name)
{
	if (!ok(fabs(got - want) <= off, "%s", name))
		printf("#      got: %.9g\n# expected: %.9g\n", got, want);
}

static void intervals(void)
{
	static const struct {
		long count;
		double low, high;
	} known[] = {{0, 0, 3.6889}, {1, 0.0253, 5.5716}, {2, 0.2422, 7.2247}, {5, 1.6235, 11.6683},
	    {10, 4.7954, 18.3904}, {50, 37.1110, 65.9187}, {100, 81.3639, 121.6270}};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		char name[64];

		snprintf(name, sizeof(name), "the interval of %ld crashes", known[i].count);
		ok(fabs(poisson_low(known[i].count) - known[i].low) < 1e-3 &&
			fabs(poisson_high(known[i].count) - known[i].high) < 1e-3,
		    "%s", name);
	}
	near_to(poisson_at_most(0, 9, 0.5), 1 / 512.0, 1e-12, "none of 9 with a share of one half");
	near_to(poisson_at_least(3, 5, 0.2), 0.05792, 1e-9, "3 or more of 5 with a share of 0.2");
	near_to(poisson_at_most(2, 5, 0.2) + poisson_at_least(3, 5, 0.2), 1, 1e-12,
	    "both tails together are all");
	near_to(poisson_at_most(0, 1000, 0.1), pow(0.9, 1000), 1e-56, "a small tail is exact");
	ok(poisson_at_most(5, 5, 0.2) == 1 && poisson_at_least(0, 5, 0.2) == 1 &&
		poisson_at_least(6, 5, 0.2) == 0 && poisson_at_most(-1, 5, 0.2) == 0,
	    "counts beyond the ends");
}

static void concentration(void)
{
	double exact, normal;

	near_to(correlate_chance(2, 1, 10), 0.1, 1e-12, "2 crashes on one of 10 machines");
	near_to(correlate_chance(3, 1, 10), 0.01, 1e-12, "3 crashes on one of 10 machines");
	near_to(correlate_chance(3, 2, 10), 0.28, 1e-12, "3 crashes on at most 2 of 10 machines");
	near_to(correlate_chance(3, 3, 10), 1, 0, "3 crashes on 3 machines");
	near_to(correlate_chance(2, 1, 3.2), 1 / 3.2, 1e-12, "machines of unequal uptime");
	near_to(correlate_chance(100, 2, 1), 1, 0, "one machine has nothing to compare with");
	near_to(correlate_chance(4, 4, 2), 1, 0, "more machines than the fleet counts for");
	exact = correlate_chance(CORRELATE_CRASHES_MAX, 1090, 1500);
	normal = correlate_chance(CORRELATE_CRASHES_MAX + 1, 1090, 1500);
	ok(exact > 0.05 && exact < 0.3, "about as many machines as chance gives");
	near_to(normal, exact, 0.02, "the normal distribution follows the exact one");
	ok(correlate_chance(10000, 20, 5000) < 1e-9, "10,000 crashes on 20 machines are no chance");
	/* (0.9 of 10 and 0.3 of 40: pooled 0.42, deviation 0.1745) */
	near_to(correlate_score(0.9, 10, 0.3, 40), 3.438, 0.001, "the score of two shares");
	ok(correlate_score(1, 10, 1, 40) == 0 && correlate_score(1, 10, 0, 0) == 0,
	    "shares that are equal, or unknown, have none");
}

static void exposures(void)
{
	const int64_t day = 86400000;
	struct db_exposure ended = {.up_ms = 10 * day, .end_ms = 13 * day};
	struct db_exposure runs = {.up_ms = 10 * day};

	ok(exposure_ms(&ended, 0, 0, 100 * day) == 3 * day, "a session that ended");
	ok(exposure_ms(&runs, 0, 0, 100 * day) == 90 * day, "a session that still runs");
	ok(exposure_ms(&runs, 0, 14 * day, 100 * day) == 4 * day, "until a time");
	ok(exposure_ms(&ended, 12 * day, 0, 100 * day) == 1 * day, "since a time");
	ok(exposure_ms(&ended, 20 * day, 0, 100 * day) == 0 * day, "before the window");
	ok(exposure_ms(&runs, 0, 0, 5 * day) == 0 * day, "a clock that is ahead");
	ok(exposure_ms(&ended, 0, 200 * day, 12 * day) == 2 * day, "never beyond now");
}

/* --- said -------------------------------------------------------------------------------------------- */

#define A "aaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbb"
#define C "cccccccccccccccc"

static struct said said;

static void say(const char *signature, const char *what, const char *value)
{
	static int64_t when = 1700000000000;

	said_take(&err, &said,
	    &(struct db_triage){.signature = signature,
		.what = what,
		.value = value,
		.by = "ann",
		.time_ms = when++});
}

static void duplicates(void)
{
	is(said_target(&said, A), A, "a signature counts as itself");
	say(A, "duplicate", B);
	is(said_target(&said, A), B, "a duplicate counts as the other");
	say(B, "duplicate", C);
	is(said_target(&said, A), C, "a duplicate of a duplicate is one of the first");
	say(C, "duplicate", A);
	is(said_target(&said, B), A, "of a circle what was said last counts");
	is(said_target(&said, C), A, "… for each of it");
	is(said_target(&said, A), A, "… and it has an end");
	say(C, "duplicate", "");
	is(said_target(&said, C), C, "a duplicate ends");
	say(A, "duplicate", A);
	is(said_target(&said, A), A, "nothing is a duplicate of itself");
	said_free(&said);
}

static void tags(void)
{
	say(A, "tag", "network");
	say(A, "tag", "nic");
	say(A, "tag", "network");
	ok(said_find(&said, A)->tags == 2, "a tag is there once");
	say(A, "untag", "network");
	ok(!said_has_tag(said_find(&said, A), "network") &&
		said_has_tag(said_find(&said, A), "nic"),
	    "a tag is removed");
	for (int i = 0; i < 3 * SAID_TAGS_MAX; i++) {
		char tag[16];

		snprintf(tag, sizeof(tag), "t%d", i);
		say(A, "tag", tag);
	}
	is_num(said_find(&said, A)->tags, SAID_TAGS_MAX, "tags are limited");
	say(B, "mute", "2030-01-01T00:00:00.000Z");
	is_num(said_find(&said, B)->until_ms, 1893456000000, "muted until a time");
	say(B, "mute", "");
	is_num(said_find(&said, B)->until_ms, 0, "no longer muted");
	ok(said_find(&said, C) == NULL, "nothing was said of another");
	said_free(&said);
}

static void checks(void)
{
	static const struct {
		int good;
		struct db_triage triage;
	} all[] = {
	    {1, {.signature = A,
		    .what = "note",
		    .value = "<b>any \xff text</b>",
		    .by = "a.b@c-d_e"}},
	    {0, {.signature = A, .what = "note", .value = "", .by = "ann"}},
	    {0, {.signature = "AAAAAAAAAAAAAAAA", .what = "note", .value = "x", .by = "ann"}},
	    {0, {.signature = "aaaa", .what = "note", .value = "x", .by = "ann"}},
	    {0, {.signature = A, .what = "note", .value = "x", .by = "Ann Smith"}},
	    {0, {.signature = A, .what = "note", .value = "x", .by = ""}},
	    {0, {.signature = A, .what = "tag", .value = "two words", .by = "ann"}},
	    {0, {.signature = A,
		    .what = "tag",
		    .value = "abcdefghijklmnopqrstuvwxyz0123456",
		    .by = "ann"}},
	    {0, {.signature = A, .what = "mute", .value = "tomorrow", .by = "ann"}},
	    {1, {.signature = A, .what = "fixed", .value = "6.1.0-57-amd64", .by = "ann"}},
	    {0, {.signature = A, .what = "fixed", .value = "6.1 amd64", .by = "ann"}},
	    {0, {.signature = A, .what = "duplicate", .value = A, .by = "ann"}},
	    {0, {.signature = A, .what = "duplicate", .value = "x", .by = "ann"}},
	    {0, {.signature = A, .what = "delete", .value = "x", .by = "ann"}},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		ok((said_check(&err, &all[i].triage) == 0) == all[i].good,
		    "%s of %s by \"%s\" is %s", all[i].triage.what, all[i].triage.signature,
		    all[i].triage.by, all[i].good ? "taken" : "refused");
	ok(said_compare_releases("6.1.0-9-amd64", "6.1.0-18-amd64") < 0,
	    "9 comes before 18 in releases");
	ok(said_compare_releases("6.10.1", "6.9.12") > 0, "6.10 comes after 6.9");
	ok(said_compare_releases("6.1.0", "6.1.0") == 0, "a release is equal to itself");
}

static void numbers(void)
{
	struct names names;
	char text[16], mac[18];
	int wrong = 0;

	ok(names_init(&err, &names) == 0, "names begin");
	is_num(names_add(&err, &names, "", 0), 0, "the empty text is number 0");
	for (int i = 0; i < 20000; i++) {
		snprintf(text, sizeof(text), "name%d", i);
		wrong += names_add(&err, &names, text, strlen(text)) != i + 1;
	}
	for (int i = 0; i < 20000; i++) {
		snprintf(text, sizeof(text), "name%d", i);
		wrong += names_find(&names, text) != i + 1 ||
			 strcmp(names_text(&names, i + 1), text) != 0;
	}
	is_num(wrong, 0, "20,000 names have their numbers");
	is_num(names_add(&err, &names, "name7777", 5), names_find(&names, "name7"),
	    "of a text only its length counts");
	is_num(names_find(&names, "nobody"), -1, "an unknown name");
	names_free(&names);
	rows_mac("525400A1", mac);
	is(mac, "52:54:00:a1", "the beginning of a MAC without colons");
	rows_mac("52540", mac);
	is(mac, "52:54:0", "an odd number of digits");
	rows_mac("52:54:00", mac);
	is(mac, "52:54:00", "with colons");
	rows_mac("no such machine, and too long", mac);
	is_num((long long)strlen(mac), 17, "what is no MAC is cut");
}

int main(void)
{
	intervals();
	concentration();
	exposures();
	duplicates();
	tags();
	checks();
	numbers();
	return tap_done();
}
