/* SPDX-License-Identifier: MIT */
/* group: crashes, and crashes of one signature as one; see query.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "correlate.h"
#include "crash_fields.h"
#include "fields.h"
#include "group_fields.h"

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

/* Whether the group has the filter's tag and state. */
static int group_matches(const struct group *group, const struct query_filter *filter)
{
	if (filter->tag && *filter->tag && !said_has_tag(group->said, filter->tag))
		return 0;
	return !filter->state || !*filter->state ||
	       strcmp(filter->state, group_state_name(group->state)) == 0;
}

json_t *query_groups(struct err *err, struct query *query, const struct query_filter *filter)
{
	int limit = query_limit(filter->limit), rc = 0;
	json_t *document, *list;
	struct grouping grouping;
	long total = 0, crashes = 0;

	if (grouping_load(err, query, filter, 0, &grouping))
		return NULL;
	document = json_object();
	list = json_array();
	rc = groups_sort(err, query, filter->sort, &grouping);
	for (size_t i = 0; i < grouping.groups.count && rc == 0; i++) {
		const struct group *group = &grouping.groups.group[i];

		if (!group_matches(group, filter))
			continue;
		crashes += group->count;
		if (total++ < filter->offset || total > filter->offset + limit)
			continue;
		if (query_append(list, grouping_object(&grouping, group)))
			rc = err_set(err, "out of memory");
	}
	json_object_set_new(document, "total", json_integer(total));
	json_object_set_new(document, "crashes", json_integer(crashes));
	json_object_set_new(document, "offset", json_integer(filter->offset));
	json_object_set_new(document, "groups", list);
	grouping_free(&grouping);
	return query_done(err, document, rc);
}

/* --- crashes ----------------------------------------------------------------------------------------- */

/* A crash of query_crashes: the row, and what only the session's own has. */
static json_t *crash_object(
    struct err *err, struct query *query, const struct names *names, const struct row *row)
{
	struct db_session known;
	json_t *object = json_object();
	const char *id = names_text(names, row->session);
	int found = db_session_by_id(err, query->db, id, &known);

	query_set_text(object, "session", id);
	query_set_text(object, "mac", names_text(names, row->mac));
	query_set_time(object, "time", row->time_ms);
	query_set_time(object, "booted", row->booted_ms);
	query_set_text(object, "profile", names_text(names, row->profile));
	query_set_text(object, "title", names_text(names, row->title));
	query_set_text(object, "class", names_text(names, row->class));
	query_set_text(object, "function", names_text(names, row->function));
	query_set_text(object, "signature", names_text(names, row->signature));
	query_set_text(object, "product", names_text(names, row->product));
	query_set_text(object, "release", names_text(names, row->release));
	query_set_text(object, "taint", names_text(names, row->taint));
	query_set_text(object, "modules", names_text(names, row->modules));
	query_set_text(object, "hardware", names_text(names, row->hardware));
	query_set_text(object, "severity", names_text(names, row->severity));
	if (found > 0) {
		query_set_text(object, "state", session_state_name(known.state));
		query_set_text(object, "channels", query_crash_channels(&known));
		query_set_text(object, "address", known.address);
	}
	return object;
}

/* {"total", "offset", "crashes"} of those that are in a group that matches. */
static json_t *crashes_document(struct err *err, struct query *query,
    const struct grouping *grouping, const struct query_filter *filter)
{
	json_t *document = json_object(), *list = json_array();
	int limit = query_limit(filter->limit), rc = 0;
	long total = 0;

	for (size_t i = 0; i < grouping->rows.count && rc == 0; i++) {
		const struct group *group = &grouping->groups.group[grouping->groups.of[i]];

		if (!group_matches(group, filter))
			continue;
		if (total++ < filter->offset || total > filter->offset + limit)
			continue;
		if (query_append(list,
			crash_object(err, query, &grouping->rows.names, &grouping->rows.row[i])))
			rc = err_set(err, "out of memory");
	}
	json_object_set_new(document, "total", json_integer(total));
	json_object_set_new(document, "offset", json_integer(filter->offset));
	json_object_set_new(document, "crashes", list);
	return query_done(err, document, rc);
}

json_t *query_crashes(struct err *err, struct query *query, const struct query_filter *filter)
{
	struct grouping grouping;
	json_t *document;

	if (grouping_load(err, query, filter, ROWS_HEAVY, &grouping))
		return NULL;
	document = crashes_document(err, query, &grouping, filter);
	grouping_free(&grouping);
	return document;
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

/* Adds a document as a member. 0, or -1: it is NULL. */
static int group_member(json_t *document, const char *key, json_t *value)
{
	return value ? json_object_set_new(document, key, value) : -1;
}

static int group_fill(struct err *err, struct query *query, struct grouping *grouping,
    const struct group *group, json_t *document)
{
	const char *signature = names_text(&grouping->rows.names, group->signature);
	const char *asked = *signature ? signature : "none";
	struct query_filter filter = {.signature = asked};
	json_t *crashes = query_crashes(err, query, &filter);
	int rc = crashes ? 0 : -1;

	if (crashes)
		json_object_set(document, "crashes", json_object_get(crashes, "crashes"));
	json_decref(crashes);
	if (rc || group_add_history(err, query, &grouping->said, signature, document) ||
	    correlate_add(err, query, grouping, group, document))
		return -1;
	return group_member(document, "rates", query_rates(err, query, "release", &filter));
}

json_t *query_group(struct err *err, struct query *query, const char *signature)
{
	struct query_filter all = {.limit = 0};
	const struct group *group = NULL;
	struct grouping grouping;
	json_t *document = NULL;
	const char *target;
	int rc;

	if (grouping_load(err, query, &all, ROWS_HEAVY, &grouping))
		return NULL;
	if (strcmp(signature, "none") == 0)
		signature = "";
	target = said_target(&grouping.said, signature);
	for (size_t i = 0; i < grouping.groups.count && !group; i++)
		if (strcmp(names_text(&grouping.rows.names, grouping.groups.group[i].signature),
			target) == 0)
			group = &grouping.groups.group[i];
	if (!group) {
		rc = query_miss(err, query, "signature", signature);
	} else {
		document = grouping_object(&grouping, group);
		rc = document ? group_fill(err, query, &grouping, group, document)
			      : err_set(err, "out of memory");
	}
	grouping_free(&grouping);
	return query_done(err, document, rc);
}
