/* SPDX-License-Identifier: MIT */
/* group: crashes of one signature as one: all groups, and one of them; see query.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "correlate.h"
#include "fields.h"
#include "grouping.h"
#include "rate.h"

/* --- groups ------------------------------------------------------------------------------------------ */

static int group_order_last(const void *a, const void *b, void *names)
{
	const struct group *x = a, *y = b;

	return x->last_ms != y->last_ms ? (x->last_ms > y->last_ms ? -1 : 1)
					: group_order_impact(a, b, names);
}

static int group_order_first(const void *a, const void *b, void *names)
{
	const struct group *x = a, *y = b;

	return x->first_ms != y->first_ms ? (x->first_ms > y->first_ms ? -1 : 1)
					  : group_order_impact(a, b, names);
}

static int group_order_count(const void *a, const void *b, void *names)
{
	const struct group *x = a, *y = b;

	return x->count != y->count ? (x->count > y->count ? -1 : 1)
				    : group_order_impact(a, b, names);
}

static int group_order_machines(const void *a, const void *b, void *names)
{
	const struct group *x = a, *y = b;

	return x->machines != y->machines ? y->machines - x->machines
					  : group_order_impact(a, b, names);
}

static int group_order_title(const void *a, const void *b, void *names)
{
	const struct group *x = a, *y = b;
	int order = strcmp(names_text(names, x->title), names_text(names, y->title));

	return order ? order : group_order_impact(a, b, names);
}

/* (groups.of is wrong afterwards.) 0, or -1: there is no such order. */
static int groups_sort(
    struct err *err, struct query *query, const char *sort, struct grouping *grouping)
{
	static const struct {
		const char *name;
		int (*order)(const void *, const void *, void *);
	} orders[] = {{"impact", group_order_impact}, {"last", group_order_last},
	    {"first", group_order_first}, {"count", group_order_count},
	    {"machines", group_order_machines}, {"title", group_order_title}};
	struct groups *groups = &grouping->groups;

	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
		if (!sort || !*sort || strcmp(sort, orders[i].name) == 0) {
			if (groups->count)
				qsort_r(groups->group, groups->count, sizeof(*groups->group),
				    orders[i].order, &grouping->rows.names);
			return 0;
		}
	return query_miss(err, query, "order", sort);
}

/* Those of the part that is asked for, in order, of at most query_limit(); counts all that match. */
static size_t groups_part(const struct grouping *grouping, const struct query_filter *filter,
    struct group *part[QUERY_PAGE_MAX], long *total, long *crashes)
{
	int limit = query_limit(filter->limit);
	size_t count = 0;

	*total = *crashes = 0;
	for (size_t i = 0; i < grouping->groups.count; i++) {
		struct group *group = &grouping->groups.group[i];

		if (!grouping_matches(group, filter))
			continue;
		*crashes += group->count;
		if ((*total)++ >= filter->offset && *total <= filter->offset + limit)
			part[count++] = group;
	}
	return count;
}

json_t *query_groups(struct err *err, struct query *query, const struct query_filter *filter)
{
	const struct request request = {.query = "groups", .filter = *filter};
	struct group *part[QUERY_PAGE_MAX];
	json_t *document, *list;
	struct grouping grouping;
	long total, crashes;
	size_t count;
	int rc;

	if (query_ask(err, query, &request, &document))
		return document;
	if (grouping_load(err, query, filter, GROUPS_ONLY, &grouping))
		return NULL;
	document = json_object();
	list = json_array();
	rc = groups_sort(err, query, filter->sort, &grouping);
	count = groups_part(&grouping, filter, part, &total, &crashes);
	if (rc == 0)
		rc = grouping_more(err, query, &grouping, part, count);
	for (size_t i = 0; i < count && rc == 0; i++)
		if (query_append(list, grouping_object(&grouping, part[i])))
			rc = err_set(err, "out of memory");
	json_object_set_new(document, "total", json_integer(total));
	json_object_set_new(document, "crashes", json_integer(crashes));
	json_object_set_new(document, "offset", json_integer(filter->offset));
	json_object_set_new(document, "groups", list);
	grouping_free(&grouping);
	return query_done(err, document, rc);
}

/* --- one group --------------------------------------------------------------------------------------- */

struct group_history {
	const struct said *said;
	const char *signature;
	json_t *notes, *history; /* oldest first */
};

/* What was said of the group's signature, or of a duplicate of it. */
static int group_said(void *arg, const struct db_triage *triage)
{
	struct group_history *to = arg;
	json_t *entry;

	if (strcmp(said_target(to->said, triage->signature), to->signature) != 0)
		return 0;
	entry = json_object();
	query_set_time(entry, "time", triage->time_ms);
	query_set_text(entry, "by", triage->by);
	if (strcmp(triage->what, "note") == 0) {
		json_object_set_new(
		    entry, "text", query_text(triage->value, strlen(triage->value)));
		return query_append(to->notes, entry);
	}
	if (strcmp(triage->signature, to->signature) != 0)
		query_set_text(entry, "signature", triage->signature);
	query_set_text(entry, "what", triage->what);
	query_set_text(entry, "value", triage->value);
	return json_array_insert_new(to->history, 0, entry);
}

static int group_add_history(struct err *err, struct query *query, const struct said *said,
    const char *signature, json_t *document)
{
	struct group_history history = {
	    .said = said, .signature = signature, .notes = json_array(), .history = json_array()};
	long count = db_triage(err, query->db, group_said, &history);

	json_object_set_new(document, "notes", history.notes);
	json_object_set_new(document, "history", history.history);
	return count < 0 ? -1 : 0;
}

struct group_exposure {
	struct correlate *correlate;
	struct rating *rating;
	struct err *err;
	int failed;
};

static int group_exposed(void *arg, const struct db_exposure *exposure)
{
	struct group_exposure *to = arg;

	to->failed = correlate_exposure(to->err, to->correlate, exposure) != 0;
	return to->failed || rating_exposure(to->rating, exposure);
}

static int group_exposure(struct err *err, struct query *query, struct group_exposure *to)
{
	if (db_has_sums(query->db))
		return correlate_read(err, query, to->correlate) ||
		       rating_read(err, query, to->rating);
	return db_exposure(err, query->db, group_exposed, to) < 0 || to->failed;
}

/* What the crashes have in common, and their rates: of the index both from one reading. */
static int group_add_statistics(struct err *err, struct query *query, struct grouping *grouping,
    const char *signature, const struct query_filter *filter, json_t *document)
{
	struct group_exposure to = {
	    .correlate = correlate_begin(err, query, grouping, signature), .err = err};
	json_t *rates = NULL;

	if (to.correlate)
		to.rating = rating_begin(err, query, "release", filter);
	if (to.rating && group_exposure(err, query, &to) == 0)
		rates = rating_end(err, query, to.rating);
	if (rates) {
		correlate_end(to.correlate, document);
		json_object_set_new(document, "rates", rates);
	}
	correlate_free(to.correlate);
	rating_free(to.rating);
	return rates ? 0 : -1;
}

/* own: the signature that its crashes count as, or "none" */
static int group_fill(struct err *err, struct query *query, struct grouping *grouping,
    const char *own, json_t *document)
{
	struct query_filter filter = {.signature = own};
	const char *signature = strcmp(own, "none") == 0 ? "" : own;
	json_t *crashes = query_crashes(err, query, &filter);

	if (!crashes)
		return -1;
	json_object_set(document, "crashes", json_object_get(crashes, "crashes"));
	json_decref(crashes);
	if (group_add_history(err, query, &grouping->said, signature, document))
		return -1;
	return group_add_statistics(err, query, grouping, signature, &filter, document);
}

json_t *query_group(struct err *err, struct query *query, const char *signature)
{
	const struct request request = {.query = "group", .signature = signature};
	struct query_filter all = {.signature = *signature ? signature : "none"};
	struct grouping grouping;
	json_t *document = NULL;
	char own[17];
	int rc;

	if (query_ask(err, query, &request, &document))
		return document;
	if (grouping_load(err, query, &all, ROWS_HEAVY, &grouping))
		return NULL;
	if (grouping.groups.count == 0) {
		rc = query_miss(err, query, "signature", signature);
	} else {
		const struct group *group = &grouping.groups.group[0];
		const char *target = names_text(&grouping.rows.names, group->signature);

		snprintf(own, sizeof(own), "%s", *target ? target : "none");
		document = grouping_object(&grouping, group);
		rc = document ? group_fill(err, query, &grouping, own, document)
			      : err_set(err, "out of memory");
	}
	grouping_free(&grouping);
	return query_done(err, document, rc);
}
