/* SPDX-License-Identifier: MIT */
/* retain: which sessions go; see retain.h. Pure. */
#include "retain.h"

#include <stdlib.h>
#include <string.h>

enum { RETAIN_MAC_LEN = 12 };

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

static int retain_class(const struct retain_item *item)
{
	return item->crashed ? 3 : item->newest ? 2 : 1;
}

static int retain_order(const void *a, const void *b)
{
	const struct retain_item *x = a, *y = b;
	int classes = retain_class(x) - retain_class(y);

	if ((x->why == RETAIN_STAYS) != (y->why == RETAIN_STAYS))
		return x->why == RETAIN_STAYS ? 1 : -1;
	if (classes)
		return classes;
	if (x->last_ms != y->last_ms)
		return x->last_ms < y->last_ms ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Streams are of no machine: they come first, by themselves. */
static int retain_machine(const struct retain_item *x, const struct retain_item *y)
{
	if ((x->kind == RETAIN_STREAM) != (y->kind == RETAIN_STREAM))
		return x->kind == RETAIN_STREAM ? -1 : 1;
	return x->kind == RETAIN_STREAM ? 0 : strncmp(x->name, y->name, RETAIN_MAC_LEN);
}

static int retain_order_machines(const void *a, const void *b)
{
	int machines = retain_machine(a, b);

	return machines ? machines : retain_order(a, b);
}

static int retain_may_go(const struct retain_item *item, int64_t now_ms)
{
	return item->why == RETAIN_STAYS && !item->marked &&
	       item->last_ms < now_ms - RETAIN_FRESH_MS;
}

static void retain_age(
    struct retain_item *items, size_t count, const struct retain_policy *policy, int64_t now_ms)
{
	for (size_t i = 0; i < count; i++) {
		int64_t age = items[i].crashed  ? policy->age_crash_ms
			      : items[i].newest ? 0
						: policy->age_ms;

		if (age && items[i].last_ms < now_ms - age && retain_may_go(&items[i], now_ms))
			items[i].why = RETAIN_AGE;
	}
}

/* In their order, until at most limit bytes are left of those up to class most. */
static void retain_shrink(struct retain_item *items, size_t count, uint64_t have, uint64_t limit,
    enum retain_why why, int most, int64_t now_ms)
{
	for (size_t i = 0; i < count && have > limit; i++) {
		if (retain_class(&items[i]) > most || !items[i].bytes ||
		    !retain_may_go(&items[i], now_ms))
			continue;
		items[i].why = why;
		have -= items[i].bytes < have ? items[i].bytes : have;
	}
}

/* Bytes of those that stay. */
static uint64_t retain_bytes(const struct retain_item *items, size_t count)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += items[i].why == RETAIN_STAYS ? items[i].bytes : 0;
	return sum;
}

static void retain_machines(struct retain_item *items, size_t count, uint64_t limit, int64_t now_ms)
{
	size_t end;

	qsort(items, count, sizeof(*items), retain_order_machines);
	for (size_t from = 0; from < count; from = end) {
		end = from + 1;
		while (end < count && retain_machine(&items[from], &items[end]) == 0)
			end++;
		if (items[from].kind != RETAIN_STREAM)
			retain_shrink(items + from, end - from,
			    retain_bytes(items + from, end - from), limit, RETAIN_MACHINE, 3,
			    now_ms);
	}
}

size_t retain_choose(
    struct retain_item *items, size_t count, const struct retain_policy *policy, int64_t now_ms)
{
	uint64_t before, target = policy->floor + policy->floor / 4, free_now = policy->free;
	size_t go = 0;

	if (count == 0)
		return 0;
	for (size_t i = 0; i < count; i++)
		items[i].why = RETAIN_STAYS;
	before = retain_bytes(items, count);
	retain_age(items, count, policy, now_ms);
	if (policy->size_machine)
		retain_machines(items, count, policy->size_machine, now_ms);
	qsort(items, count, sizeof(*items), retain_order);
	if (policy->size)
		retain_shrink(
		    items, count, retain_bytes(items, count), policy->size, RETAIN_SIZE, 3, now_ms);
	/* What goes anyhow frees its room. */
	free_now += before - retain_bytes(items, count);
	if (policy->free < policy->floor && free_now < target)
		retain_shrink(items, count, target - free_now, 0, RETAIN_FLOOR, 2, now_ms);
	qsort(items, count, sizeof(*items), retain_order);
	while (go < count && items[go].why != RETAIN_STAYS)
		go++;
	return go;
}
