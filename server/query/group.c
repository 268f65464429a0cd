/* SPDX-License-Identifier: MIT */
/* group: crashes, and crashes of one signature as one; see query.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "correlate.h"
#include "crash_fields.h"
#include "fields.h"
#include "group_fields.h"
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

/* {"total", "offset", "crashes"} */
static json_t *crashes_object(json_t *list, long total, int offset)
{
	json_t *document = json_object();

	json_object_set_new(document, "total", json_integer(total));
	json_object_set_new(document, "offset", json_integer(offset));
	json_object_set_new(document, "crashes", list);
	return document;
}

/* Those that are in a group that matches. */
static json_t *crashes_of_groups(
    struct err *err, struct query *query, const struct query_filter *filter)
{
	int limit = query_limit(filter->limit), rc = 0;
	struct grouping grouping;
	json_t *list;
	long total = 0;

	if (grouping_load(err, query, filter, ROWS_HEAVY, &grouping))
		return NULL;
	list = json_array();
	for (size_t i = 0; i < grouping.rows.count && rc == 0; i++) {
		if (!group_matches(&grouping.groups.group[grouping.groups.of[i]], filter))
			continue;
		if (total++ < filter->offset || total > filter->offset + limit)
			continue;
		if (query_append(list,
			crash_object(err, query, &grouping.rows.names, &grouping.rows.row[i])))
			rc = err_set(err, "out of memory");
	}
	grouping_free(&grouping);
	return query_done(err, crashes_object(list, total, filter->offset), rc);
}

/* The same where groups do not matter: only the part that is shown is read, the rest counted. */
static json_t *crashes_of_rows(struct err *err, struct query *query, const struct said *said,
    const struct query_filter *filter, struct rows *rows)
{
	json_t *list = json_array();
	struct rows_filter to;
	long total = -1;
	int rc = 0;

	rows->skip = filter->offset > 0 ? (size_t)filter->offset : 0;
	rows->limit = (size_t)query_limit(filter->limit);
	if (rows_filter(err, said, filter, &to) == 0)
		total = db_crash_count(err, query->db, &to.db);
	if (total < 0 || rows_load(err, query, said, filter, ROWS_HEAVY, rows))
		rc = -1;
	for (size_t i = 0; i < rows->count && rc == 0; i++)
		if (query_append(list, crash_object(err, query, &rows->names, &rows->row[i])))
			rc = err_set(err, "out of memory");
	return query_done(err, crashes_object(list, total, filter->offset), rc);
}

json_t *query_crashes(struct err *err, struct query *query, const struct query_filter *filter)
{
	json_t *document = NULL;
	struct said said;
	struct rows rows;

	if ((filter->tag && *filter->tag) || (filter->state && *filter->state) ||
	    (filter->taint && *filter->taint))
		return crashes_of_groups(err, query, filter);
	query->missing = 0;
	if (said_load(err, query, &said))
		return NULL;
	if (rows_init(err, &rows) == 0) {
		document = crashes_of_rows(err, query, &said, filter, &rows);
		rows_free(&rows);
	}
	said_free(&said);
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

struct group_exposure {
	struct correlate *correlate;
	struct rating *rating;
};

static int group_exposed(void *arg, const struct db_exposure *exposure)
{
	struct group_exposure *to = arg;

	correlate_exposure(to->correlate, exposure);
	return rating_exposure(to->rating, exposure);
}

/* What the crashes have in common, and their rates: both from one reading of the exposure. */
static int group_add_statistics(struct err *err, struct query *query, struct grouping *grouping,
    const struct group *group, const struct query_filter *filter, json_t *document)
{
	struct group_exposure to = {.correlate = correlate_begin(err, query, grouping, group)};
	json_t *rates = NULL;

	if (to.correlate)
		to.rating = rating_begin(err, query, "release", filter);
	if (to.rating && db_exposure(err, query->db, group_exposed, &to) >= 0)
		rates = rating_end(err, query, to.rating);
	if (rates) {
		correlate_end(to.correlate, document);
		json_object_set_new(document, "rates", rates);
	}
	correlate_free(to.correlate);
	rating_free(to.rating);
	return rates ? 0 : -1;
}

static int group_fill(struct err *err, struct query *query, struct grouping *grouping,
    const struct group *group, json_t *document)
{
	/* (names_text is valid until correlate_begin adds names) */
	const char *signature = names_text(&grouping->rows.names, group->signature);
	char own[17];
	struct query_filter filter = {.signature = own};
	json_t *crashes;

	snprintf(own, sizeof(own), "%s", *signature ? signature : "none");
	crashes = query_crashes(err, query, &filter);
	if (!crashes)
		return -1;
	json_object_set(document, "crashes", json_object_get(crashes, "crashes"));
	json_decref(crashes);
	if (group_add_history(err, query, &grouping->said, signature, document))
		return -1;
	return group_add_statistics(err, query, grouping, group, &filter, document);
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
