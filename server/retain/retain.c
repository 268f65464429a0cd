/* SPDX-License-Identifier: MIT */
/* retain: which sessions are removed; see retain.h. Pure. */
#include "retain.h"

#include <stdlib.h>
#include <string.h>

/* The classes of retain.h, in the order in which they are removed. */
enum retain_class { RETAIN_PLAIN, RETAIN_NEWEST, RETAIN_CRASH };

const char *retain_why_name(enum retain_why why)
{
	static const char *const names[] = {
	    [RETAIN_STAYS] = "stays",
	    [RETAIN_AGE] = "age",
	    [RETAIN_MACHINE] = "size-of-machine",
	    [RETAIN_SIZE] = "size",
	    [RETAIN_FLOOR] = "disk-floor",
	};

	return names[why];
}

static enum retain_class retain_class(const struct retain_item *item)
{
	if (item->crashed)
		return RETAIN_CRASH;
	return item->newest ? RETAIN_NEWEST : RETAIN_PLAIN;
}

/* Those to remove before those that stay, then by class and age. */
static int retain_order(const void *a, const void *b)
{
	const struct retain_item *x = a, *y = b;
	int stays = (x->why == RETAIN_STAYS) - (y->why == RETAIN_STAYS);
	int classes = (int)retain_class(x) - (int)retain_class(y);

	if (stays)
		return stays;
	if (classes)
		return classes;
	if (x->last_ms != y->last_ms)
		return x->last_ms < y->last_ms ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* What names are of: 0 machines, by MAC; 1 addresses; 2 consoles. */
static int retain_owners(const struct retain_item *item)
{
	return item->kind == RETAIN_STREAM ? 1 : item->kind == RETAIN_CONSOLE ? 2 : 0;
}

/* By machine: the MAC, the address of a stream, or the console. */
static int retain_machine(const struct retain_item *x, const struct retain_item *y)
{
	int owners = retain_owners(x) - retain_owners(y);
	const char *ends = x->kind == RETAIN_CONSOLE ? "/" : "-/@";
	size_t n = strcspn(x->name, ends), m = strcspn(y->name, ends);
	int order = strncmp(x->name, y->name, n < m ? n : m);

	if (owners)
		return owners;
	return order ? order : (int)n - (int)m;
}

/* Spared ones last; the largest first. */
static int retain_order_trim(const void *a, const void *b)
{
	const struct retain_item *x = a, *y = b;

	if (x->spared != y->spared)
		return x->spared - y->spared;
	return x->bytes != y->bytes ? (x->bytes > y->bytes ? -1 : 1) : retain_order(a, b);
}

static int retain_order_machines(const void *a, const void *b)
{
	int machines = retain_machine(a, b);

	return machines ? machines : retain_order(a, b);
}

/* It is a session that may not be in the central database. The consoles and streams never get there. */
static int retain_is_unsent(const struct retain_item *item, const struct retain_policy *policy)
{
	return policy->waits && item->last_ms >= policy->unsent_ms &&
	       (item->kind == RETAIN_SESSION || item->kind == RETAIN_PSTORE);
}

static int retain_may_go(const struct retain_item *item, int64_t now_ms)
{
	return item->why == RETAIN_STAYS && !item->marked &&
	       item->last_ms < now_ms - RETAIN_FRESH_MS;
}

static void retain_age(
    struct retain_item *items, size_t count, const struct retain_policy *policy, int64_t now_ms)
{
	const int64_t ages[] = {[RETAIN_PLAIN] = policy->age_ms,
	    [RETAIN_NEWEST] = 0,
	    [RETAIN_CRASH] = policy->age_crash_ms};
	int64_t until_ms = policy->aged_ms ? policy->aged_ms : now_ms;

	for (size_t i = 0; i < count; i++) {
		int64_t age = ages[retain_class(&items[i])];

		if (age && items[i].last_ms < until_ms - age && retain_may_go(&items[i], now_ms) &&
		    !retain_is_unsent(&items[i], policy))
			items[i].why = RETAIN_AGE;
	}
}

/* 1 if the item may be removed for a limit other than age. */
static int retain_may_shrink(const struct retain_item *item, enum retain_why why,
    const struct retain_policy *policy, int64_t now_ms)
{
	enum retain_class most = why == RETAIN_FLOOR ? RETAIN_NEWEST : RETAIN_CRASH;

	return retain_class(item) <= most && item->bytes && retain_may_go(item, now_ms) &&
	       (why == RETAIN_FLOOR || !retain_is_unsent(item, policy));
}

static int retain_is_young(const struct retain_item *item, int64_t now_ms)
{
	return (item->began_ms ? item->began_ms : item->last_ms) > now_ms - RETAIN_YOUNG_MS;
}

static uint64_t retain_less(uint64_t bytes, uint64_t removed)
{
	return removed < bytes ? bytes - removed : 0;
}

/*
 * Marks young items, in the order of retain_order_trim, while they are more than share and have is over limit. Returns
 * how much of have then counts: of the young no more than share, except for the floor. The order of the items is kept.
 */
static uint64_t retain_trim(struct retain_item *items, size_t count, uint64_t have, uint64_t limit,
    uint64_t share, enum retain_why why, const struct retain_policy *policy, int64_t now_ms)
{
	uint64_t young = 0;

	for (size_t i = 0; i < count; i++)
		if (items[i].why == RETAIN_STAYS && retain_is_young(&items[i], now_ms))
			young += items[i].bytes;
	if (have <= limit || young <= share)
		return have;
	qsort(items, count, sizeof(*items), retain_order_trim);
	for (size_t i = 0; i < count && have > limit && young > share; i++) {
		if (!retain_is_young(&items[i], now_ms) ||
		    (why == RETAIN_MACHINE && items[i].spared && items[i].bytes <= share) ||
		    !retain_may_shrink(&items[i], why, policy, now_ms))
			continue;
		items[i].why = why;
		have = retain_less(have, items[i].bytes);
		young = retain_less(young, items[i].bytes);
	}
	qsort(items, count, sizeof(*items), retain_order);
	return why == RETAIN_FLOOR || young <= share ? have : retain_less(have, young - share);
}

/* Marks items, first the young that are over their share, then in the list's order, until at most limit of have
 * bytes are left. */
static void retain_shrink(struct retain_item *items, size_t count, uint64_t have, uint64_t limit,
    uint64_t share, enum retain_why why, const struct retain_policy *policy, int64_t now_ms)
{
	have = retain_trim(items, count, have, limit, share, why, policy, now_ms);
	for (size_t i = 0; i < count && have > limit; i++) {
		if (!retain_may_shrink(&items[i], why, policy, now_ms))
			continue;
		items[i].why = why;
		have = retain_less(have, items[i].bytes);
	}
}

/* Bytes of the items that stay. */
static uint64_t retain_bytes(const struct retain_item *items, size_t count)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += items[i].why == RETAIN_STAYS ? items[i].bytes : 0;
	return sum;
}

/* Sets spared of the items of one machine. */
static void retain_spare(struct retain_item *items, size_t count, int64_t now_ms)
{
	struct retain_item *newest = NULL, *crash = NULL;
	int older = 0;

	for (size_t i = 0; i < count; i++) {
		struct retain_item *item = &items[i];

		item->spared = 0;
		older |= item->why == RETAIN_STAYS && !retain_is_young(item, now_ms);
		if (item->kind != RETAIN_SESSION)
			continue;
		if (!newest || item->last_ms > newest->last_ms)
			newest = item;
		if (item->crashed && (!crash || item->last_ms > crash->last_ms))
			crash = item;
	}
	if (older && newest)
		newest->spared = 1;
	if (older && crash)
		crash->spared = 1;
}

static void retain_machines(
    struct retain_item *items, size_t count, const struct retain_policy *policy, int64_t now_ms)
{
	size_t end;

	qsort(items, count, sizeof(*items), retain_order_machines);
	for (size_t from = 0; from < count; from = end) {
		struct retain_item *first = &items[from];

		end = from + 1;
		while (end < count && retain_machine(first, &items[end]) == 0)
			end++;
		retain_spare(first, end - from, now_ms);
		if (policy->size_machine)
			retain_shrink(first, end - from, retain_bytes(first, end - from),
			    policy->size_machine, policy->size_machine / RETAIN_YOUNG_PART,
			    RETAIN_MACHINE, policy, now_ms);
	}
}

size_t retain_choose(
    struct retain_item *items, size_t count, const struct retain_policy *policy, int64_t now_ms)
{
	uint64_t before, target = 2 * policy->floor, free_now = policy->free;
	size_t go = 0;

	if (count == 0)
		return 0;
	for (size_t i = 0; i < count; i++)
		items[i].why = RETAIN_STAYS;
	before = retain_bytes(items, count);
	retain_age(items, count, policy, now_ms);
	retain_machines(items, count, policy, now_ms);
	qsort(items, count, sizeof(*items), retain_order);
	if (policy->size)
		retain_shrink(items, count, retain_bytes(items, count), policy->size,
		    policy->size / RETAIN_YOUNG_PART, RETAIN_SIZE, policy, now_ms);
	/* Items removed for another limit free space too. */
	free_now += before - retain_bytes(items, count);
	if (policy->free < policy->floor && free_now < target)
		retain_shrink(items, count, target - free_now, 0,
		    retain_bytes(items, count) / RETAIN_YOUNG_PART, RETAIN_FLOOR, policy, now_ms);
	qsort(items, count, sizeof(*items), retain_order);
	while (go < count && items[go].why != RETAIN_STAYS)
		go++;
	return go;
}
