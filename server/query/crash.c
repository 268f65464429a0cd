/* SPDX-License-Identifier: MIT */
/* crash: lists of crashes; see query.h. */
#include "ask.h"
#include "crash_fields.h"
#include "fields.h"
#include "grouping.h"

/* A crash of query_crashes: the row, and what only the session's own has; or whole. */
static json_t *crash_object(struct err *err, struct query *query, const struct names *names,
    const struct row *row, int whole)
{
	struct db_session known;
	json_t *object = json_object();
	const char *id = names_text(names, row->session);
	int found = db_session_by_id(err, query->db, id, &known);

	if (whole && found > 0) {
		json_decref(object);
		object = query_crash_object(err, query, &known);
		query_set_time(object, "time", row->time_ms);
		return object;
	}
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
		query_crash_server(object, &known);
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
		if (!grouping_matches(&grouping.groups.group[grouping.groups.of[i]], filter))
			continue;
		if (total++ < filter->offset || total > filter->offset + limit)
			continue;
		if (query_append(list, crash_object(err, query, &grouping.rows.names,
					   &grouping.rows.row[i], filter->whole)))
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
		if (query_append(
			list, crash_object(err, query, &rows->names, &rows->row[i], filter->whole)))
			rc = err_set(err, "out of memory");
	return query_done(err, crashes_object(list, total, filter->offset), rc);
}

json_t *query_crashes(struct err *err, struct query *query, const struct query_filter *filter)
{
	const struct request request = {.query = "crashes", .filter = *filter};
	json_t *document = NULL;
	struct said said;
	struct rows rows;

	if (query_ask(err, query, &request, &document))
		return document;
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
