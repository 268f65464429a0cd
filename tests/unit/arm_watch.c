/* SPDX-License-Identifier: MIT */
/* watch: finding the reservation, where samples are taken, and when they count as another's. */
#include "arm/keeper/watch.h"

#include "tap.h"

static void test_line(void)
{
	struct watch_range range = {0};

	ok(watch_line("  2f000000-3effffff : Crash kernel", &range),
	    "a line of the reservation is found");
	ok(range.start == 0x2f000000 && range.end == 0x3f000000, "its range has the end excluded");
	ok(!watch_line("00100000-3fffffff : System RAM", &range),
	    "System RAM is not the reservation");
	ok(!watch_line("  00000000-00000000 : Crash kernel", &range),
	    "a range of zeros, which hides it, is refused");
	ok(!watch_line("  0-ffffffffffffffff : Crash kernel", &range),
	    "a range that ends at the largest address is refused");
	ok(!watch_line("  1000-2fff : Crash kernel (of another)", &range),
	    "a longer name is not the reservation");
	ok(!watch_line("", &range), "an empty line is not the reservation");
}

static void test_place(void)
{
	struct watch_range two[] = {
	    {0x1000000, 0x1000000 + (256 << 20)}, {0x200000000, 0x280000000}};
	struct watch_range small = {0x1000000, 0x1000000 + (24 << 20)};
	struct watch_range odd = {0x1000000, 0x1000000 + WATCH_STEP + 10};
	size_t n = 0;
	uint64_t last = 0;
	int inside = 1;

	ok(watch_place(&small, 1, 0) == small.start, "the first sample is at the start");
	ok(watch_place(&small, 1, 1) == small.start + 24576,
	    "the second sample is a 1024th further");
	while (watch_place(&small, 1, n))
		last = watch_place(&small, 1, n++);
	ok(n > 900 && n <= WATCH_SAMPLES && last < small.end,
	    "24 MB: samples reach the end and stay inside");
	for (n = 0; watch_place(two, 2, n) < two[1].start; n++)
		last = watch_place(two, 2, n);
	ok(watch_place(two, 2, n) - two[1].start < last - watch_place(two, 2, n - 2),
	    "two ranges: the second one's first sample is near its start");
	for (n = 0; watch_place(two, 2, n); n++) {
		last = watch_place(two, 2, n);
		inside &= last % 4096 == 0 && (last < two[0].end || last >= two[1].start);
	}
	ok(inside, "two ranges: each sample is at a page of one of them");
	ok(n > 900 && n <= WATCH_SAMPLES && last > two[1].start + (two[1].end - two[1].start) / 2,
	    "two ranges, 2.3 GB: samples reach the second half of the second");
	ok(watch_place(&odd, 1, 0) == odd.start && watch_place(&odd, 1, 1) == 0,
	    "no sample reaches over the end");
	small.end += 1 << 20;
	ok(watch_place(&small, 1, WATCH_SAMPLES) == 0,
	    "there are no more samples than room for them");
	ok(watch_place(NULL, 0, 0) == 0, "without a reservation there is no sample");
}

static void test_differs(void)
{
	static struct watch first, now;

	first.count = WATCH_SAMPLES;
	for (size_t i = 0; i < 100; i++)
		first.sample[i * 3] = (uint32_t)i + 1;
	now = first;
	ok(!watch_differs(&first, &now), "equal samples do not differ");
	for (size_t i = 0; i < WATCH_TOLERANCE; i++)
		now.sample[i * 3] ^= 0x100;
	ok(!watch_differs(&first, &now), "as many changes as a hotplug makes are tolerated");
	now.sample[99 * 3] = 0;
	ok(watch_differs(&first, &now), "one change more than that differs");
	now = first;
	for (size_t i = 0; i < WATCH_SAMPLES; i++)
		if (!first.sample[i])
			now.sample[i] = 7;
	ok(!watch_differs(&first, &now), "samples that were empty at first do not count");
}

int main(void)
{
	test_line();
	test_place();
	test_differs();
	return tap_done();
}
