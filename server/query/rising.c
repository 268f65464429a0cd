/* SPDX-License-Identifier: MIT */
/* rising: groups with more crashes than before; see rising.h. */
#include "rising.h"

#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "grouping.h"
#include "poisson.h"

enum { RISING_MAX = 10, RISING_RECENT_DAYS = 7, RISING_BEFORE_DAYS = 28 };
#define RISING_DAY_MS 86400000LL
#define RISING_CERTAIN 0.05

struct rising {
	const struct group *group;
	long recent, before;
	double p;
};

static int64_t rising_recent_ms(const struct query *query)
{
	return query->now_ms - RISING_RECENT_DAYS * RISING_DAY_MS;
}

static int64_t rising_since_ms(const struct query *query)
{
	return rising_recent_ms(query) - RISING_BEFORE_DAYS * RISING_DAY_MS;
}

/* How many of each group's crashes are of the last days, and of those before. */
static void rising_count(const struct grouping *grouping, int64_t recent_ms, struct rising *rising)
{
	for (size_t i = 0; i < grouping->rows.count; i++) {
		struct rising *one = &rising[grouping->groups.of[i]];

		if (grouping->rows.row[i].time_ms >= recent_ms)
			one->recent++;
		else
			one->before++;
	}
}

static double rising_share(void)
{
	return (double)RISING_RECENT_DAYS / (RISING_RECENT_DAYS + RISING_BEFORE_DAYS);
}

/* 1 if people should look at it: new, back after its fix, or more than chance explains. */
static int rising_is(struct rising *one)
{
	one->p = poisson_at_least(one->recent, one->recent + one->before, rising_share());
	if (one->recent == 0 || one->group->state == GROUP_MUTED)
		return 0;
	return one->group->state == GROUP_NEW || one->group->state == GROUP_REGRESSED ||
	       one->p <= RISING_CERTAIN;
}

static int rising_order(const void *a, const void *b)
{
	const struct rising *x = a, *y = b;
	int regressed = (y->group->state == GROUP_REGRESSED) - (x->group->state == GROUP_REGRESSED);

	return regressed ? regressed : group_order_impact(x->group, y->group, NULL);
}

static json_t *rising_object(const struct grouping *grouping, const struct rising *one)
{
	json_t *object = grouping_object(grouping, one->group);

	json_object_set_new(object, "struck", json_integer(one->recent));
	json_object_set_new(object, "expected",
	    json_real((double)one->before * RISING_RECENT_DAYS / RISING_BEFORE_DAYS));
	json_object_set_new(object, "p", json_real(one->p));
	return object;
}

/* --- of all crashes ---------------------------------------------------------------------------------- */

static long rising_newer(const struct grouping *grouping, int64_t since_ms)
{
	size_t count = 0;

	while (count < grouping->rows.count && grouping->rows.row[count].time_ms >= since_ms)
		count++;
	return (long)count;
}

static json_t *rising_read(struct err *err, struct query *query, struct rising_counts *counts)
{
	const struct query_filter filter = {.since_ms = rising_since_ms(query)};
	struct grouping grouping;
	struct rising *rising;
	size_t kept = 0;
	json_t *list;

	if (grouping_load(err, query, &filter, ROWS_LIGHT, &grouping))
		return NULL;
	counts->day = rising_newer(&grouping, query->now_ms - RISING_DAY_MS);
	counts->week = rising_newer(&grouping, rising_recent_ms(query));
	rising = calloc(grouping.groups.count + 1, sizeof(*rising));
	list = rising ? json_array() : NULL;
	for (size_t i = 0; rising && i < grouping.groups.count; i++)
		rising[i].group = &grouping.groups.group[i];
	if (rising)
		rising_count(&grouping, rising_recent_ms(query), rising);
	for (size_t i = 0; rising && i < grouping.groups.count; i++)
		if (rising_is(&rising[i]))
			rising[kept++] = rising[i];
	if (kept)
		qsort(rising, kept, sizeof(*rising), rising_order);
	for (size_t i = 0; i < kept && i < RISING_MAX; i++)
		query_append(list, rising_object(&grouping, &rising[i]));
	free(rising);
	grouping_free(&grouping);
	return list ? list : (err_set(err, "out of memory"), NULL);
}

/* --- of a database that counts them ------------------------------------------------------------------ */

struct rising_taker {
	struct grouping *grouping;
	struct rising *rising; /* of each group */
	int *place; /* by a name's number, its group's number + 1 */
	size_t places;
	struct rising_counts *counts;
};

static int rising_counted(void *arg, const char *signature, long before, long recent)
{
	struct rising_taker *taker = arg;
	struct grouping *grouping = taker->grouping;
	const char *target = said_target(&grouping->said, signature);
	struct err ignored;
	int name = names_add(&ignored, &grouping->rows.names, target, strlen(target));

	taker->counts->week += recent;
	/* (a signature that came since the groups were read) */
	if (name < 0 || (size_t)name >= taker->places || !taker->place[name])
		return 0;
	taker->rising[taker->place[name] - 1].before += before;
	taker->rising[taker->place[name] - 1].recent += recent;
	return 0;
}

/*
 * One of them as it is in the list: of the crashes of those days only, which may change its state. 1 it is one of the
 * list, and is appended; 0, -1.
 */
static int rising_one(
    struct err *err, struct query *query, const char *signature, struct rising one, json_t *list)
{
	const struct query_filter filter = {
	    .since_ms = rising_since_ms(query), .signature = *signature ? signature : "none"};
	struct grouping grouping;
	int rc = 0;

	if (grouping_load(err, query, &filter, ROWS_LIGHT, &grouping))
		return -1;
	if (grouping.groups.count) {
		one.group = &grouping.groups.group[0];
		rc = rising_is(&one) && query_append(list, rising_object(&grouping, &one)) == 0;
	}
	grouping_free(&grouping);
	return rc;
}

/* Those that may be in the list, the first of them. 0/-1. */
static int rising_choose(
    struct err *err, struct query *query, struct rising_taker *taker, json_t *list)
{
	struct grouping *grouping = taker->grouping;
	struct rising *rising = taker->rising;
	size_t kept = 0;
	int rc = 0;

	for (size_t i = 0; i < grouping->groups.count; i++)
		if (rising_is(&rising[i]))
			rising[kept++] = rising[i];
	if (kept)
		qsort(rising, kept, sizeof(*rising), rising_order);
	for (size_t i = 0; i < kept && rc >= 0 && json_array_size(list) < RISING_MAX; i++)
		rc = rising_one(err, query,
		    names_text(&grouping->rows.names, rising[i].group->signature), rising[i], list);
	return rc < 0 ? -1 : 0;
}

static json_t *rising_summed(struct err *err, struct query *query, struct rising_counts *counts)
{
	const struct query_filter all = {.limit = 0};
	const struct db_crash_filter day = {.since_ms = query->now_ms - RISING_DAY_MS};
	struct grouping grouping;
	struct rising_taker taker = {.grouping = &grouping, .counts = counts};
	json_t *list = NULL;
	int rc = -1;

	counts->day = db_crash_count(err, query->db, &day);
	if (counts->day < 0 || grouping_load(err, query, &all, GROUPS_ONLY, &grouping))
		return NULL;
	taker.places = grouping.rows.names.count;
	taker.rising = calloc(grouping.groups.count + 1, sizeof(*taker.rising));
	taker.place = calloc(taker.places + 1, sizeof(*taker.place));
	list = json_array();
	if (!taker.rising || !taker.place || !list) {
		err_set(err, "out of memory");
		goto out;
	}
	for (size_t i = 0; i < grouping.groups.count; i++) {
		taker.rising[i].group = &grouping.groups.group[i];
		taker.place[grouping.groups.group[i].signature] = (int)i + 1;
	}
	if (db_recent(err, query->db, rising_since_ms(query), rising_recent_ms(query),
		rising_counted, &taker) >= 0)
		rc = rising_choose(err, query, &taker, list);
out:
	free(taker.rising);
	free(taker.place);
	grouping_free(&grouping);
	if (rc == 0)
		return list;
	json_decref(list);
	return NULL;
}

json_t *rising_list(struct err *err, struct query *query, struct rising_counts *counts)
{
	*counts = (struct rising_counts){0, 0};
	return db_has_groups(query->db) ? rising_summed(err, query, counts)
					: rising_read(err, query, counts);
}
