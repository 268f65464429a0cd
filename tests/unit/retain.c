/* SPDX-License-Identifier: MIT */
/* retain: limits of age, of a machine, of all and of the floor; what is removed first, what never. */
#include "retain/retain.h"

#include "tap.h"

enum { MAX = 16 };
static const int64_t now = 1700000000000, day = 86400000;
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
	    "below the floor 25 % more is made free, without a crash");
	policy.age_ms = 30 * day;
	policy.free = 50;
	is(goes(&policy), "old:age 10.0.0.1-6665:age old:age new:disk-floor ",
	    "space freed by age counts for the floor");
	policy = (struct retain_policy){.floor = 96, .free = 95, .age_ms = 30 * day};
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
	return tap_done();
}
