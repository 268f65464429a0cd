/* SPDX-License-Identifier: MIT */
/* event: what happened lately, everywhere; see query.h. */
#include <string.h>

#include "ask.h"
#include "fields.h"

struct events {
	json_t *list;
	const char *event;
	int64_t until_ms;
	int limit, failed;
};

static int event_got(
    void *arg, int64_t time_ms, const char *event, const char *session, const char *text)
{
	struct events *events = arg;

	events->failed |= query_append(events->list, query_event(time_ms, event, session, text));
	return events->failed;
}

/* Of one session they come oldest first. */
static int event_of_session(void *arg, int64_t time_ms, const char *event, const char *text)
{
	struct events *events = arg;

	if ((events->event && strcmp(event, events->event) != 0) ||
	    (events->until_ms && time_ms >= events->until_ms))
		return 0;
	events->failed |=
	    json_array_insert_new(events->list, 0, query_event(time_ms, event, NULL, text));
	if (json_array_size(events->list) > (size_t)events->limit)
		json_array_remove(events->list, (size_t)events->limit);
	return events->failed;
}

json_t *query_events(struct err *err, struct query *query, const char *event, const char *session,
    int64_t until_ms, int limit)
{
	const struct request request = {.query = "events",
	    .event = event,
	    .session = session,
	    .until_ms = until_ms,
	    .limit = limit};
	struct events events = {.event = event && event[0] ? event : NULL,
	    .until_ms = until_ms,
	    .limit = query_limit(limit)};
	json_t *document;
	long count;

	if (query_ask(err, query, &request, &document))
		return document;
	events.list = json_array();
	query->missing = 0;
	if (session && session[0])
		count = db_events(err, query->db, session, event_of_session, &events);
	else
		count = db_events_newest(
		    err, query->db, events.event, until_ms, events.limit, event_got, &events);
	document = count >= 0 && !events.failed ? json_pack("{sO}", "events", events.list) : NULL;
	json_decref(events.list);
	return query_done(err, document, count < 0 ? -1 : 0);
}
