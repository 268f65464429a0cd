/* SPDX-License-Identifier: MIT */
/* quota: how many lines a machine gets in an hour, and all strangers together in a day. */
#include "boot/quota.h"

#include <string.h>
#include <sys/stat.h>

#include "scratch.h"
#include "tap.h"

enum { HOUR = 3600000, DAY = 24 * HOUR };
static struct table table;
static uint32_t left_out;

static int take(int number, int stranger, const char *refused, int64_t now_ms)
{
	struct quota_ask ask = {.stranger = stranger, .reason = refused, .now_ms = now_ms};
	struct err err;

	memcpy(ask.mac, &number, sizeof(number));
	return quota_take(&err, &table, &ask, &left_out);
}

/* A line of a machine that has logs, but is not known yet. */
static int take_new(int number, size_t bytes, int64_t now_ms)
{
	struct quota_ask ask = {.newcomer = 1, .callback = 1, .bytes = bytes, .now_ms = now_ms};
	struct err err;

	memcpy(ask.mac, &number, sizeof(number));
	return quota_take(&err, &table, &ask, &left_out);
}

static int known_report(int number, int64_t now_ms)
{
	struct quota_ask ask = {.callback = 1, .now_ms = now_ms};
	struct err err;

	memcpy(ask.mac, &number, sizeof(number));
	return quota_take(&err, &table, &ask, &left_out);
}

static int report(int number, int64_t now_ms)
{
	struct quota_ask ask = {.stranger = 1, .callback = 1, .now_ms = now_ms};
	struct err err;

	memcpy(ask.mac, &number, sizeof(number));
	return quota_take(&err, &table, &ask, &left_out);
}

static int count(int first, int n, int stranger, int64_t now_ms)
{
	int taken = 0;

	for (int i = 0; i < n; i++)
		taken += take(first ? first + i : 1, stranger, NULL, now_ms) == 1;
	return taken;
}

static void check_newcomers(int64_t now)
{
	int taken = 0;

	for (int i = 0; i < QUOTA_NEWCOMERS; i++)
		taken += take_new(2000000 + i / 500, 3 * QUOTA_UNIT, now) == 1;
	is_num(taken, QUOTA_NEWCOMERS / 4, "newcomers' lines in a day, by their length");
	is_num(take(7, 1, NULL, now), 1, "strangers have lines when newcomers have none");
	is_num(take(8, 0, NULL, now), 1, "as have known machines");
	is_num(take_new(1, 1, now + DAY), 1, "newcomers have lines on the next day");
	is_num(left_out, QUOTA_NEWCOMERS - QUOTA_NEWCOMERS / 4,
	    "what was left out of theirs is reported");
}

int main(void)
{
	const char *dir = scratch_make();
	const int64_t now = (int64_t)DAY * 20000;
	struct err err = {""};
	struct stat st;

	table.fd = -1;
	is_num(take(1, 1, NULL, now), 1, "without a table a line may be written");
	ok(table_open(&err, &quota_file, dir, TABLE_MAKE, &table) == 0, "the table is made");
	ok(take(1, 0, "why", now) == 1 && take(1, 0, "why", now + 1) == 0,
	    "one refusal for each machine and hour");
	ok(take(1, 0, "other", now) == 1, "another reason has its own line");
	ok(take(2, 0, "why", now) == 1, "another machine has its own line");
	ok(take(1, 0, "why", now + HOUR) == 1, "the next hour has its own line");
	is_num(count(0, QUOTA_MACHINE + 100, 0, now + 2 * HOUR), QUOTA_MACHINE,
	    "a machine's lines in an hour");
	is_num(count(1000, 2 * QUOTA_STRANGERS, 1, now), QUOTA_STRANGERS,
	    "all strangers' lines in a day");
	is_num(report(7, now), 1, "strangers' callbacks have lines of their own");
	is_num(count(0, QUOTA_MACHINE + 1, 0, now + 9 * HOUR), QUOTA_MACHINE,
	    "a machine's lines for boot requests");
	is_num(known_report(1, now + 9 * HOUR), 1, "leave it those for callbacks");
	is_num(left_out, 0, "on the same day nothing is reported");
	is_num(
	    count(100000, 100, 0, now), 100, "known machines have lines when strangers have none");
	is_num(take(5, 1, NULL, now + DAY - 1), 0, "strangers have none until the day ends");
	is_num(take(5, 1, NULL, now + DAY), 1, "strangers have lines on the next day");
	is_num(left_out, QUOTA_STRANGERS + 1, "what was left out is reported");
	is_num(take(6, 1, NULL, now + DAY), 1, "another stranger");
	is_num(left_out, 0, "it is reported once");
	count(1000000, 200000, 0, now);
	ok(stat(scratch_path("quota.table"), &st) == 0 && st.st_size <= 4 << 20,
	    "the file has a limited size");
	check_newcomers(now + 5 * (int64_t)DAY);
	table_close(&table);
	return tap_done();
}
