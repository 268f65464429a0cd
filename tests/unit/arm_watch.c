/* SPDX-License-Identifier: MIT */
/* arm_watch: finding the reservation, where samples are taken, and what counts as another's. */
#include "arm/keeper/watch.h"

#include "tap.h"

static void test_line(void)
{
	struct watch_range range = {0};

	ok(arm_watch_line("  2f000000-3effffff : Crash kernel", &range), "a reservation");
	ok(range.start == 0x2f000000 && range.end == 0x3f000000, "with its range, end excluded");
	ok(!arm_watch_line("00100000-3fffffff : System RAM", &range), "what is around it is none");
	ok(!arm_watch_line("  00000000-00000000 : Crash kernel", &range),
	    "nor is one that may not be seen");
	ok(!arm_watch_line("  0-ffffffffffffffff : Crash kernel", &range),
	    "nor one without an end");
	ok(!arm_watch_line("  1000-2fff : Crash kernel (of another)", &range), "nor another name");
	ok(!arm_watch_line("", &range), "nor an empty line");
}

static void test_place(void)
{
	struct watch_range two[] = {
	    {0x1000000, 0x1000000 + (256 << 20)}, {0x200000000, 0x280000000}};
	struct watch_range small = {0x1000000, 0x1000000 + (24 << 20)};
	struct watch_range odd = {0x1000000, 0x1000000 + WATCH_STEP + 10};
	size_t n = 0;
	uint64_t last = 0;

	ok(arm_watch_place(&small, 1, 0) == small.start, "the first is at the start");
	ok(arm_watch_place(&small, 1, 1) == small.start + 24576, "the next one a 1024th on");
	while (arm_watch_place(&small, 1, n))
		last = arm_watch_place(&small, 1, n++);
	ok(n > 900 && n <= WATCH_SAMPLES && last < small.end, "24 MB: up to the end, all in it");
	for (n = 0; arm_watch_place(two, 2, n); n++)
		last = arm_watch_place(two, 2, n);
	ok(n > 900 && n <= WATCH_SAMPLES && last > two[1].start + (two[1].end - two[1].start) / 2,
	    "two ranges, 2.3 GB: as many at most, into the second one's far half");
	ok(arm_watch_place(&odd, 1, 1) == 0, "none that would reach over the end");
	ok(arm_watch_place(NULL, 0, 0) == 0, "no reservation, no sample");
}

static void test_differs(void)
{
	static struct arm_watch first, now;

	first.count = WATCH_SAMPLES;
	for (size_t i = 0; i < 100; i++)
		first.sample[i * 3] = (uint32_t)i + 1;
	now = first;
	ok(!arm_watch_differs(&first, &now), "the same");
	for (size_t i = 0; i < WATCH_TOLERANCE; i++)
		now.sample[i * 3] ^= 0x100;
	ok(!arm_watch_differs(&first, &now), "the kernel's own changes after a hotplug");
	now.sample[99 * 3] = 0;
	ok(arm_watch_differs(&first, &now), "more than these");
	now = first;
	for (size_t i = 0; i < WATCH_SAMPLES; i++)
		if (!first.sample[i])
			now.sample[i] = 7;
	ok(!arm_watch_differs(&first, &now), "what was empty does not count");
}

int main(void)
{
	test_line();
	test_place();
	test_differs();
	return tap_done();
}
