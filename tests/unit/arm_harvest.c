/* SPDX-License-Identifier: MIT */
/* harvest: when pstore is looked for and sent, and when that is given up. */
#include "arm/pstore/harvest.h"

#include <stdlib.h>

#include "tap.h"

static struct harvest harvest;
static struct sys none = {-1, -1, -1}; /* a kernel without pstore */
static struct modules modules;

static void holds(size_t records)
{
	free(harvest.pstore.part);
	harvest_init(&harvest);
	harvest.pstore.part = calloc(records + 1, sizeof(*harvest.pstore.part));
	harvest.pstore.count = harvest.pstore.part ? records : 0;
	harvest.pstore.crashes = records > 0;
}

static void looks(void)
{
	int64_t now, begin = sys_now();
	int times = 0;

	harvest_init(&harvest);
	is_num(harvest_wake(&harvest), -1, "at first nothing is to be done");
	harvest_begin(&harvest, &modules, &none, "");
	now = harvest_wake(&harvest);
	ok(now >= begin + HARVEST_LOOK_MS && now <= sys_now() + HARVEST_LOOK_MS,
	    "without a backend the next look is soon");
	harvest_look(&harvest, &none, 1, now - 1);
	is_num(harvest_wake(&harvest), now, "no look happens before its time");
	harvest_look(&harvest, &none, 1, 1000);
	harvest_init(&harvest);
	harvest.look_at = 1000;
	for (now = 1000; now >= 0 && times < 1000; now = harvest_wake(&harvest), times++)
		harvest_look(&harvest, &none, 1, now);
	is_num(times, HARVEST_LOOK_END_MS / HARVEST_LOOK_MS + 1, "looks go on for five minutes");
	ok(!harvest_is_due(&harvest, now), "without records nothing is sent");
	harvest.look_at = 5;
	harvest_drop(&harvest);
	is_num(harvest_wake(&harvest), -1, "after a drop there are no more looks");
}

static void sends(void)
{
	int64_t now = 1000;
	int times = 0;

	holds(1);
	ok(!harvest_is_due(&harvest, now), "the first call brings the records");
	is_num(harvest_wake(&harvest), -1, "no call for pstore alone is due at first");
	harvest_failed(&harvest, &none, "disk full", now);
	is_num(
	    harvest_wake(&harvest), now + HARVEST_SEND_MS, "after a failure a call is due later");
	ok(!harvest_is_due(&harvest, now + HARVEST_SEND_MS - 1), "no call is due before its time");
	ok(harvest_is_due(&harvest, now + HARVEST_SEND_MS), "a call is due at its time");
	ok(!harvest_is_due(&harvest, now + HARVEST_SEND_MS), "a call is due only once");
	harvest_sent(&harvest, &none);
	is_num((long long)harvest.pstore.count, 0, "stored records are dropped");
	is_num(harvest_wake(&harvest), -1, "after that nothing is to be done");

	holds(1);
	harvest.look_at = 700;
	harvest.send_at = 600;
	is_num(harvest_wake(&harvest), 600, "the earlier of look and call is next");
	harvest.look_at = 500;
	is_num(harvest_wake(&harvest), 500, "the earlier of call and look is next");

	holds(1);
	harvest_failed(&harvest, &none, "disk full", now);
	for (; (now = harvest_wake(&harvest)) >= 0 && times < 1000; times++)
		if (harvest_is_due(&harvest, now))
			harvest_failed(&harvest, &none, "disk full", now);
	is_num(times, HARVEST_TRIES - 1, "after the last try there is no other");
	is_num((long long)harvest.pstore.count, 1, "records that are not stored stay");
}

int main(void)
{
	looks();
	sends();
	return tap_done();
}
