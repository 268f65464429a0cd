/* SPDX-License-Identifier: MIT */
/* groups: crashes of one signature as one; see groups.h. */
#include "groups.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

#define GROUP_DAY_MS 86400000LL
enum { GROUP_HALF_DAYS = 7 };

const char *group_state_name(enum group_state state)
{
	static const char *const names[] = {"new", "known", "muted", "fixed", "regressed"};

	return names[state];
}

int group_is_regress(const struct said_of *said, const char *release, int64_t booted_ms)
{
	return said && said->fixed_in[0] && release[0] && booted_ms >= said->fixed_ms &&
	       said_compare_releases(release, said->fixed_in) >= 0;
}

/* --- making them ------------------------------------------------------------------------------------- */

/* The index of the group of a signature, made if it is missing; place: by the number of a signature, its group's
 * index + 1. -1. */
static int groups_need(struct err *err, struct groups *groups, int *place, int signature)
{
	struct group *group;

	if (place[signature])
		return place[signature] - 1;
	group = array_grow(err, groups->group, &groups->room, groups->count, sizeof(*group));
	if (!group)
		return -1;
	groups->group = group;
	memset(&group[groups->count], 0, sizeof(*group));
	group[groups->count].signature = signature;
	place[signature] = (int)++groups->count;
	return (int)groups->count - 1;
}

/* A row goes into its group; rows come newest first. */
static void group_add(struct group *group, const struct row *row, int64_t now_ms)
{
	int64_t day = now_ms / GROUP_DAY_MS - row->time_ms / GROUP_DAY_MS;
	int known = 0, own = row->signature == group->signature;

	if (group->count++ == 0) {
		group->last_ms = row->time_ms;
		group->newest = row->session;
	}
	if (!group->title || (own && !group->own)) {
		group->title = row->title;
		group->class = row->class;
		group->function = row->function;
		group->own = own;
	}
	group->first_ms = row->time_ms;
	if (day >= 0 && day < GROUP_DAYS)
		group->days[GROUP_DAYS - 1 - day]++;
	for (int i = 0; i < group->releases && i < GROUP_RELEASES; i++)
		known |= group->release[i] == row->release;
	if (!known && row->release && group->releases < GROUP_RELEASES)
		group->release[group->releases++] = row->release;
}

/* A row's group and one of its numbers, as one number to sort by; then its place among the rows, newest first. */
struct group_pair {
	uint64_t key;
	uint32_t row;
};

static int group_pair_order(const void *a, const void *b)
{
	const struct group_pair *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

/* Sorts the rows by group and machine (or release). */
static void groups_pair(
    const struct groups *groups, const struct rows *rows, int releases, struct group_pair *pair)
{
	for (size_t i = 0; i < rows->count; i++) {
		const struct row *row = &rows->row[i];
		int number = releases ? row->release : row->mac;

		pair[i] = (struct group_pair){
		    (uint64_t)groups->of[i] << 32 | (uint32_t)number, (uint32_t)i};
	}
	qsort(pair, rows->count, sizeof(*pair), group_pair_order);
}

/* Counts the machines of each group, and how recently each was struck last. */
static void groups_count_machines(
    struct groups *groups, const struct rows *rows, int64_t now_ms, const struct group_pair *pair)
{
	for (size_t i = 0; i < rows->count; i++) {
		struct group *group = &groups->group[pair[i].key >> 32];
		double days;

		if (i && pair[i].key == pair[i - 1].key)
			continue;
		days = (double)(now_ms - rows->row[pair[i].row].time_ms) / GROUP_DAY_MS;
		group->machines++;
		group->impact += exp2(-(days > 0 ? days : 0) / GROUP_HALF_DAYS);
	}
}

static void groups_count_releases(
    struct groups *groups, const struct rows *rows, const struct group_pair *pair)
{
	for (size_t i = 0; i < groups->count; i++)
		groups->group[i].releases = 0;
	for (size_t i = 0; i < rows->count; i++)
		if ((!i || pair[i].key != pair[i - 1].key) && (uint32_t)pair[i].key)
			groups->group[pair[i].key >> 32].releases++;
}

/* The number of the signature that a row counts as. -1. */
static int groups_target(
    struct err *err, struct rows *rows, const struct said *said, const struct row *row)
{
	const char *target;

	if (said->count == 0)
		return row->signature;
	target = said_target(said, names_text(&rows->names, row->signature));
	return names_add(err, &rows->names, target, strlen(target));
}

static int groups_gather(struct err *err, struct rows *rows, const struct said *said,
    int64_t now_ms, struct groups *groups, int *place)
{
	for (size_t i = 0; i < rows->count; i++) {
		const struct row *row = &rows->row[i];
		int signature = groups_target(err, rows, said, row);
		int index = signature < 0 ? -1 : groups_need(err, groups, place, signature);

		if (index < 0)
			return -1;
		groups->of[i] = index;
		group_add(&groups->group[index], row, now_ms);
	}
	for (size_t i = 0; i < groups->count; i++)
		groups->group[i].said =
		    said_find(said, names_text(&rows->names, groups->group[i].signature));
	return 0;
}

int groups_make(struct err *err, struct rows *rows, const struct said *said, int64_t now_ms,
    struct groups *groups)
{
	/* (targets that no crash has are names that are yet to come, at most one for each that was said of) */
	int *place = calloc(rows->names.count + said->count + 1, sizeof(*place));
	struct group_pair *pair = calloc(rows->count + 1, sizeof(*pair));
	int rc = -1;

	memset(groups, 0, sizeof(*groups));
	groups->of = calloc(rows->count + 1, sizeof(*groups->of));
	if (!place || !pair || !groups->of) {
		err_set(err, "out of memory");
		goto out;
	}
	if (groups_gather(err, rows, said, now_ms, groups, place))
		goto out;
	groups_pair(groups, rows, 0, pair);
	groups_count_machines(groups, rows, now_ms, pair);
	groups_pair(groups, rows, 1, pair);
	groups_count_releases(groups, rows, pair);
	rc = 0;
out:
	if (rc)
		groups_free(groups);
	free(place);
	free(pair);
	return rc;
}

void groups_free(struct groups *groups)
{
	free(groups->group);
	free(groups->of);
	memset(groups, 0, sizeof(*groups));
}

/* --- their states ------------------------------------------------------------------------------------ */

struct groups_firsts {
	const struct said *said;
	const struct rows *rows;
	struct groups *groups;
	int *place; /* by the number of a signature, its group's index + 1 */
};

static int groups_first(void *arg, const char *signature, int64_t first_ms)
{
	struct groups_firsts *firsts = arg;
	const char *target = said_target(firsts->said, signature);
	int number = names_find(&firsts->rows->names, target);
	struct group *group;

	if (number < 0 || !firsts->place[number])
		return 0;
	group = &firsts->groups->group[firsts->place[number] - 1];
	if (!group->known_ms || first_ms < group->known_ms)
		group->known_ms = first_ms;
	return 0;
}

struct groups_regress {
	const struct said_of *said;
	int found;
};

static int groups_regressed(void *arg, const struct db_crash_row *row)
{
	struct groups_regress *regress = arg;

	regress->found = group_is_regress(regress->said, row->release, row->booted_ms);
	return regress->found;
}

/* 1 if a crash shows that the fix does not hold, 0, -1. */
static int groups_look(struct err *err, struct query *query, const struct said *said,
    const char *signature, const struct said_of *of)
{
	struct query_filter filter = {.signature = signature, .since_ms = of->fixed_ms};
	struct groups_regress regress = {.said = of};
	struct rows_filter to;

	if (rows_filter(err, said, &filter, &to) ||
	    db_crash_rows(err, query->db, &to.db, groups_regressed, &regress) < 0)
		return -1;
	return regress.found;
}

static int group_set_state(struct err *err, struct query *query, const struct rows *rows,
    const struct said *said, struct group *group)
{
	const char *signature = names_text(&rows->names, group->signature);
	int64_t new_ms = query->now_ms - QUERY_NEW_DAYS * GROUP_DAY_MS;
	int regressed = 0;

	group->state = group->known_ms >= new_ms ? GROUP_NEW : GROUP_KNOWN;
	if (!group->said)
		return 0;
	if (group->said->fixed_in[0]) {
		group->state = GROUP_FIXED;
		regressed = groups_look(err, query, said, signature, group->said);
	}
	if (group->said->until_ms > query->now_ms)
		group->state = GROUP_MUTED;
	if (regressed > 0)
		group->state = GROUP_REGRESSED;
	return regressed < 0 ? -1 : 0;
}

int groups_states(struct err *err, struct query *query, const struct rows *rows,
    const struct said *said, struct groups *groups)
{
	struct groups_firsts firsts = {.said = said, .rows = rows, .groups = groups};
	int rc = -1;

	firsts.place = calloc(rows->names.count + 1, sizeof(*firsts.place));
	if (!firsts.place)
		return err_set(err, "out of memory");
	for (size_t i = 0; i < groups->count; i++)
		firsts.place[groups->group[i].signature] = (int)i + 1;
	if (db_signatures(err, query->db, groups_first, &firsts) < 0)
		goto out;
	for (size_t i = 0; i < groups->count; i++)
		if (group_set_state(err, query, rows, said, &groups->group[i]))
			goto out;
	rc = 0;
out:
	free(firsts.place);
	return rc;
}
