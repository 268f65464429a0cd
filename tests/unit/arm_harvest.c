/* SPDX-License-Identifier: MIT */
/* arm_harvest: when pstore is looked for and sent, and when that is given up. */
#include "arm/pstore/harvest.h"

#include "tap.h"

static struct arm_harvest harvest;
static struct arm_hold hold = {-1, -1, -1}; /* a kernel without pstore */
static struct arm_modules modules;

static void holds(size_t records)
{
	arm_harvest_init(&harvest);
	harvest.pstore.count = records;
	harvest.pstore.deaths = records > 0;
}

static void looks(void)
{
	int64_t now, begin = arm_now();
	int times = 0;

	arm_harvest_init(&harvest);
	is_num(arm_harvest_wake(&harvest), -1, "nothing is to be done");
	arm_harvest_begin(&harvest, &modules, &hold, "");
	now = arm_harvest_wake(&harvest);
	ok(now >= begin + ARM_HARVEST_LOOK_MS && now <= arm_now() + ARM_HARVEST_LOOK_MS,
	    "no backend: looked for again soon");
	arm_harvest_look(&harvest, &hold, 1, now - 1);
	is_num(arm_harvest_wake(&harvest), now, "not before");
	arm_harvest_look(&harvest, &hold, 1, 1000);
	arm_harvest_init(&harvest);
	harvest.look_at = 1000;
	for (now = 1000; now >= 0 && times < 1000; now = arm_harvest_wake(&harvest), times++)
		arm_harvest_look(&harvest, &hold, 1, now);
	is_num(times, ARM_HARVEST_LOOK_END_MS / ARM_HARVEST_LOOK_MS + 1, "for five minutes");
	ok(!arm_harvest_is_due(&harvest, now), "and nothing is sent");
	harvest.look_at = 5;
	arm_harvest_drop(&harvest);
	is_num(arm_harvest_wake(&harvest), -1, "dropped: never again");
}

static void sends(void)
{
	int64_t now = 1000;
	int times = 0;

	holds(1);
	ok(!arm_harvest_is_due(&harvest, now), "the first call brings it");
	arm_harvest_called(&harvest, &hold, -1, 0, "no server", now);
	is_num(arm_harvest_wake(&harvest), -1, "no server: the next call will");
	arm_harvest_called(&harvest, &hold, 1, 0, "disk full", now);
	is_num(arm_harvest_wake(&harvest), now + ARM_HARVEST_SEND_MS, "not stored: one of its own");
	ok(!arm_harvest_is_due(&harvest, now + ARM_HARVEST_SEND_MS - 1), "later");
	ok(arm_harvest_is_due(&harvest, now + ARM_HARVEST_SEND_MS), "now");
	ok(!arm_harvest_is_due(&harvest, now + ARM_HARVEST_SEND_MS), "once");
	arm_harvest_called(&harvest, &hold, 0, 1, "", now);
	is_num((long long)harvest.pstore.count, 0, "stored: nothing is left");
	is_num(arm_harvest_wake(&harvest), -1, "and nothing to do");

	holds(1);
	arm_harvest_called(&harvest, &hold, -1, 1, "it did not end in time", now);
	is_num(arm_harvest_wake(&harvest), now + ARM_HARVEST_SEND_MS,
	    "a call of its own was killed: again, nobody else will");

	holds(1);
	arm_harvest_called(&harvest, &hold, 1, 0, "disk full", now);
	for (; (now = arm_harvest_wake(&harvest)) >= 0 && times < 1000; times++)
		if (arm_harvest_is_due(&harvest, now))
			arm_harvest_called(
			    &harvest, &hold, times % 2 ? 1 : -1, 1, "disk full", now);
	is_num(times, ARM_HARVEST_TRIES - 1, "tried so often, and no more");
	is_num((long long)harvest.pstore.count, 1, "the records stay");
}

int main(void)
{
	looks();
	sends();
	return tap_done();
}
