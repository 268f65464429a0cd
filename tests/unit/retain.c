/* SPDX-License-Identifier: MIT */
/* retain: limits of age, of a machine, of all and of the floor; what is removed first, what never. */
#include "retain/retain.h"

#include "tap.h"

enum { MAX = 16 };
static const int64_t now = 1700000000000, day = 86400000, hour = 3600000;
static struct retain_item items[MAX];
static size_t count;

/* flags: c crashed, m marked, n newest, s stream, o console */
static void add(const char *name, int days, uint64_t bytes, const char *flags)
{
	struct retain_item *item = &items[count++];

	memset(item, 0, sizeof(*item));
	snprintf(item->name, sizeof(item->name), "%s", name);
	item->last_ms = now - days * day;
	item->bytes = bytes;
	item->crashed = strchr(flags, 'c') != NULL;
	item->marked = strchr(flags, 'm') != NULL;
	item->newest = strchr(flags, 'n') != NULL;
	item->kind = strchr(flags, 's')   ? RETAIN_STREAM
		     : strchr(flags, 'o') ? RETAIN_CONSOLE
					  : RETAIN_SESSION;
	item->stored = 1;
}

/* One that began so many hours ago, and was last active then. */
static void add_young(const char *name, int hours, uint64_t bytes, const char *flags)
{
	add(name, 0, bytes, flags);
	items[count - 1].began_ms = items[count - 1].last_ms = now - hours * hour;
}

/* What is removed, in order: "a:age b:size " */
static const char *goes(const struct retain_policy *policy)
{
	static char text[1024];
	size_t n = retain_choose(items, count, policy, now), len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s:%s ",
		    items[i].name + (items[i].kind == RETAIN_SESSION ? 13 : 0),
		    retain_why_name(items[i].why));
	return text;
}

/* What strangers send within a day. */
static void check_young(void)
{
	struct retain_policy policy = {.size = 300, .free = 100};

	count = 0;
	add("aaaaaaaaaaaa-died", 90, 100, "c");
	add("bbbbbbbbbbbb-old", 80, 100, "");
	add_young("cccccccccccc-flood", 2, 300, "c");
	add_young("10.0.0.1-6665", 0, 400, "s");
	is(goes(&policy), "flood:size ",
	    "what a day brings over a quarter of the limit goes first, or does not count");
	policy.size = 220;
	is(goes(&policy), "old:size flood:size ", "a quarter of the limit displaces what is older");
	count = 0;
	add("aaaaaaaaaaaa-died", 90, 300, "c");
	add_young("bbbbbbbbbbbb-died", 5, 50, "c");
	add_young("cccccccccccc-flood", 3, 200, "");
	add_young("cccccccccccc-more", 4, 10, "");
	policy.size = 400;
	is(goes(&policy), "flood:size ", "of what a day brings the largest goes first");
	items[0].began_ms = now - 30 * day; /* (in the order that is left: flood) */
	is(goes(&policy), "more:size flood:size ",
	    "what began earlier and is still active is not young");
	count = 0;
	add("aaaaaaaaaaaa-died", 90, 100, "c");
	add("aaaaaaaaaaaa-old", 80, 100, "");
	add_young("aaaaaaaaaaaa-flood", 2, 500, "c");
	add("bbbbbbbbbbbb-died", 90, 300, "c");
	policy = (struct retain_policy){.size_machine = 300, .free = 100};
	is(goes(&policy), "flood:size-of-machine ", "the same holds for a machine's limit");
	count = 0;
	add("aaaaaaaaaaaa-old", 80, 240, "");
	add_young("aaaaaaaaaaaa-died", 5, 75, "c");
	add_young("aaaaaaaaaaaa-up", 4, 20, "n");
	is(goes(&policy), "old:size-of-machine ",
	    "a machine's newest crash, and its newest session, are not removed before older ones");
	count = 0;
	add("aaaaaaaaaaaa-old", 80, 100, "");
	add_young("aaaaaaaaaaaa-died", 5, 200, "c");
	add_young("bbbbbbbbbbbb-made-up", 4, 100, "c");
	add("cccccccccccc-old", 90, 100, "c");
	policy = (struct retain_policy){.size = 400, .free = 100};
	is(goes(&policy), "made-up:size ", "and go after those of machines without older ones");
	count = 0;
	add("aaaaaaaaaaaa-old", 90, 100, "");
	add("bbbbbbbbbbbb-old", 80, 100, "n");
	add_young("cccccccccccc-flood", 2, 500, "n");
	policy = (struct retain_policy){.floor = 70, .free = 65};
	is(goes(&policy), "flood:disk-floor ", "and for the floor, by a quarter of all");
	items[0].crashed = 1;
	is(goes(&policy), "old:disk-floor ", "but no crash is removed for the floor");
}

static void fill(void)
{
	count = 0;
	add("aaaaaaaaaaaa-old", 100, 10, "");
	add("aaaaaaaaaaaa-died", 90, 20, "c");
	add("aaaaaaaaaaaa-marked", 200, 1000, "m");
	add("aaaaaaaaaaaa-new", 50, 30, "n");
	add("bbbbbbbbbbbb-old", 40, 10, "");
	add("bbbbbbbbbbbb-died", 400, 20, "c");
	add("bbbbbbbbbbbb-fresh", 0, 40, "");
	add("bbbbbbbbbbbb-future", -10, 40, "");
	items[count - 2].began_ms = items[count - 1].began_ms = now - 30 * day;
	add("10.0.0.1-6665", 60, 5, "s");
}

int main(void)
{
	struct retain_policy policy = {.free = 100};

	fill();
	is(goes(&policy), "", "without limits everything stays");
	policy.age_ms = 45 * day;
	is(goes(&policy), "old:age 10.0.0.1-6665:age ",
	    "by age, the oldest first, without crashes, the newest, and marked ones");
	policy.age_crash_ms = 365 * day;
	is(goes(&policy), "old:age 10.0.0.1-6665:age died:age ", "crashes have their own age");
	policy.aged_ms = now - 50 * day;
	is(goes(&policy), "old:age ", "ages are counted until the time that the caller says");
	policy = (struct retain_policy){.size_machine = 1041, .free = 100};
	is(goes(&policy), "old:size-of-machine new:size-of-machine ",
	    "by size of a machine, without a crash first; marked sessions count but stay");
	policy.size_machine = 95;
	is(goes(&policy),
	    "old:size-of-machine old:size-of-machine new:size-of-machine "
	    "died:size-of-machine died:size-of-machine ",
	    "by size of a machine, crashes last; a fresh session stays over the limit");
	policy = (struct retain_policy){.size = 1161, .free = 100};
	is(goes(&policy), "old:size 10.0.0.1-6665:size ",
	    "by size of all, the oldest of all machines");
	policy.size = 1100;
	is(goes(&policy), "old:size 10.0.0.1-6665:size old:size new:size died:size ",
	    "by size of all, then the newest, then crashes, oldest first");
	policy = (struct retain_policy){.floor = 100, .free = 100};
	is(goes(&policy), "", "nothing is removed while the floor is free");
	policy.free = 99;
	is(goes(&policy), "old:disk-floor 10.0.0.1-6665:disk-floor old:disk-floor new:disk-floor ",
	    "below the floor twice as much is made free, without a crash");
	policy.age_ms = 30 * day;
	policy.free = 50;
	is(goes(&policy), "old:age 10.0.0.1-6665:age old:age new:disk-floor ",
	    "space freed by age counts for the floor");
	policy = (struct retain_policy){.floor = 24, .free = 23, .age_ms = 30 * day};
	is(goes(&policy), "old:age 10.0.0.1-6665:age old:age ",
	    "nothing more is removed if age frees enough for the floor");
	fill();
	policy = (struct retain_policy){
	    .age_ms = 30 * day, .age_crash_ms = day, .size = 1, .free = 100, .waits = 1};
	is(goes(&policy), "10.0.0.1-6665:age ", "what the central database may lack stays");
	policy.unsent_ms = now - 95 * day;
	is(goes(&policy), "old:age 10.0.0.1-6665:age died:age ", "what is older than that may go");
	policy = (struct retain_policy){
	    .size = 1, .size_machine = 1, .floor = 100, .free = 99, .waits = 1};
	is(goes(&policy),
	    "old:disk-floor 10.0.0.1-6665:size-of-machine old:disk-floor new:disk-floor ",
	    "and for the floor all may");
	count = 0;
	add("10.0.0.1-6665", 60, 500, "s");
	add("10.0.0.1-6665@20261129T071200123", 90, 500, "s");
	add("10.0.0.1-7", 70, 500, "s");
	add("10.0.0.10-6665", 100, 500, "s");
	add("other@20261129T071200123", 90, 300, "s");
	add("other", 80, 300, "s");
	policy = (struct retain_policy){.size_machine = 500};
	is(goes(&policy),
	    "10.0.0.1-6665@20261129T071200123:size-of-machine other@20261129T071200123:size-of-machine "
	    "10.0.0.1-7:size-of-machine ",
	    "the streams of each address have a machine's limit, oldest parts first");
	count = 0;
	add("lab-1/1", 90, 500, "o");
	add("lab-1", 80, 400, "o");
	add("lab-2", 70, 400, "o");
	add("lab", 60, 400, "o");
	policy = (struct retain_policy){.size_machine = 500};
	is(goes(&policy), "lab-1/1:size-of-machine ",
	    "the transcripts of each console have a machine's limit, the older part first");
	policy = (struct retain_policy){.age_ms = 75 * day};
	is(goes(&policy), "lab-1/1:age lab-1:age ", "transcripts of consoles go by age");
	policy = (struct retain_policy){.size = 1, .size_machine = 1, .floor = 1000, .age_ms = 1};
	count = 0;
	is(goes(&policy), "", "an empty list has nothing to remove");
	add("aaaaaaaaaaaa-empty", 10, 0, "");
	policy.age_ms = 0;
	is(goes(&policy), "", "an item without bytes frees no space");
	check_young();
	return tap_done();
}
