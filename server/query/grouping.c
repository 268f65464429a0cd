/* SPDX-License-Identifier: MIT */
/* grouping: the crashes of an answer and their groups; see grouping.h. */
#include "grouping.h"

#include <string.h>

#include "summary.h"

/* The groups, of the crashes. 0/-1. */
static int grouping_make(struct err *err, struct query *query, const struct query_filter *filter,
    int heavy, struct grouping *grouping)
{
	struct rows *rows = &grouping->rows;

	if (heavy == GROUPS_ONLY && summary_has(query, filter)) {
		grouping->summed = 1;
		return summary_load(err, query, &grouping->said, rows, &grouping->groups);
	}
	if (rows_load(err, query, &grouping->said, filter, heavy == ROWS_HEAVY, rows))
		return -1;
	return groups_make(err, rows, &grouping->said, query->now_ms, &grouping->groups);
}

int grouping_more(struct err *err, struct query *query, struct grouping *grouping,
    struct group *const *group, size_t count)
{
	return grouping->summed
		   ? summary_more(err, query, &grouping->said, &grouping->rows, group, count)
		   : 0;
}

int grouping_load(struct err *err, struct query *query, const struct query_filter *filter,
    int heavy, struct grouping *grouping)
{
	memset(grouping, 0, sizeof(*grouping));
	query->missing = 0;
	if (said_load(err, query, &grouping->said))
		return -1;
	if (rows_init(err, &grouping->rows) || grouping_make(err, query, filter, heavy, grouping) ||
	    groups_states(err, query, &grouping->rows, &grouping->said, &grouping->groups)) {
		grouping_free(grouping);
		return -1;
	}
	return 0;
}

void grouping_free(struct grouping *grouping)
{
	groups_free(&grouping->groups);
	rows_free(&grouping->rows);
	said_free(&grouping->said);
}

int grouping_matches(const struct group *group, const struct query_filter *filter)
{
	if (filter->tag && *filter->tag && !said_has_tag(group->said, filter->tag))
		return 0;
	return !filter->state || !*filter->state ||
	       strcmp(filter->state, group_state_name(group->state)) == 0;
}

int group_order_impact(const void *a, const void *b, void *unused)
{
	const struct group *x = a, *y = b;

	(void)unused;
	if (x->impact > y->impact || x->impact < y->impact)
		return x->impact > y->impact ? -1 : 1;
	if (x->last_ms != y->last_ms)
		return x->last_ms > y->last_ms ? -1 : 1;
	return x->signature - y->signature;
}

static json_t *group_releases(const struct names *names, const struct group *group)
{
	json_t *list = json_array();

	for (int i = 0; i < group->releases && i < GROUP_RELEASES; i++) {
		const char *release = names_text(names, group->release[i]);

		json_array_append_new(list, query_text(release, strlen(release)));
	}
	return list;
}

static json_t *group_days(const struct group *group)
{
	json_t *list = json_array();

	for (int i = 0; i < GROUP_DAYS; i++)
		json_array_append_new(list, json_integer(group->days[i]));
	return list;
}

static json_t *group_tags(const struct said_of *said)
{
	json_t *list = json_array();

	for (int i = 0; said && i < said->tags; i++)
		json_array_append_new(list, json_string(said->tag[i]));
	return list;
}

static json_t *group_duplicates(const struct said *said, const char *signature)
{
	json_t *list = json_array();

	for (size_t i = 0; i < said->count; i++)
		if (said->of[i]->duplicate[0] &&
		    strcmp(said_target(said, said->of[i]->signature), signature) == 0)
			json_array_append_new(list, json_string(said->of[i]->signature));
	return list;
}

json_t *grouping_object(const struct grouping *grouping, const struct group *group)
{
	const struct names *names = &grouping->rows.names;
	const char *signature = names_text(names, group->signature);
	json_t *object = json_object();
	int failed = 0;

	failed |=
	    json_object_set_new(object, "signature", query_text(signature, strlen(signature)));
	query_set_text(object, "title", names_text(names, group->title));
	query_set_text(object, "class", names_text(names, group->class));
	query_set_text(object, "function", names_text(names, group->function));
	failed |= json_object_set_new(object, "count", json_integer(group->count));
	failed |= json_object_set_new(object, "machines", json_integer(group->machines));
	failed |= json_object_set_new(object, "releases", group_releases(names, group));
	failed |= json_object_set_new(object, "release_count", json_integer(group->releases));
	query_set_time(object, "first", group->first_ms);
	query_set_time(object, "last", group->last_ms);
	failed |= json_object_set_new(object, "impact", json_real(group->impact));
	query_set_text(object, "state", group_state_name(group->state));
	if (group->said && group->state == GROUP_MUTED)
		query_set_time(object, "until", group->said->until_ms);
	if (group->said)
		query_set_text(object, "fixed_in", group->said->fixed_in);
	failed |= json_object_set_new(object, "tags", group_tags(group->said));
	failed |= json_object_set_new(object, "days", group_days(group));
	query_set_text(object, "newest", names_text(names, group->newest));
	failed |=
	    json_object_set_new(object, "duplicates", group_duplicates(&grouping->said, signature));
	if (!failed)
		return object;
	json_decref(object);
	return NULL;
}
