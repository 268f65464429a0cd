/* SPDX-License-Identifier: MIT */
/*
 * fleet: how many machines are armed, and why the others are not, by each machine's newest session; see query.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "fields.h"

enum { FLEET_REASONS_MAX = 200, FLEET_NAMED_MAX = 5 };

struct fleet_reason {
	char why[320];
	size_t count, named;
	char mac[FLEET_NAMED_MAX][18];
	int64_t ms[FLEET_NAMED_MAX]; /* of their sessions, newest first */
};

struct fleet {
	size_t machines, armed, count;
	size_t states[SESSION_ENDED + 1];
	struct fleet_reason reason[FLEET_REASONS_MAX + 1]; /* the last for all that do not fit */
};

/* Why the machine is not armed; returns 0 if it is. */
static int fleet_why(const struct db_fleet *s, char *why, size_t size)
{
	switch (s->state) {
	case SESSION_ARMED:
	case SESSION_RUNNING:
		if (s->armed_ms)
			return 0;
		return snprintf(why, size, "running, but never reported as armed");
	case SESSION_NOT_ARMED:
		return snprintf(
		    why, size, "not armed: %s", s->why[0] ? s->why : "no reason reported");
	case SESSION_REQUESTED:
		return snprintf(why, size, "booting: script served, no report yet");
	case SESSION_STALLED:
		return snprintf(why, size, "stalled: no report since the script was served");
	case SESSION_DIED:
		return snprintf(why, size, "died, no dump received yet");
	case SESSION_NO_CAPTURE:
		return snprintf(why, size, "died without capture, not booted again yet");
	case SESSION_CAPTURED:
		return snprintf(why, size, "died and captured, not booted again yet");
	default:
		return snprintf(why, size, "%s", session_state_name(s->state));
	}
}

/* Keeps the newest FLEET_NAMED_MAX. */
static void fleet_name(struct fleet_reason *reason, const struct db_fleet *machine)
{
	size_t at = reason->named < FLEET_NAMED_MAX ? reason->named++ : FLEET_NAMED_MAX;

	for (; at > 0 && machine->requested_ms > reason->ms[at - 1]; at--) {
		if (at == FLEET_NAMED_MAX)
			continue;
		reason->ms[at] = reason->ms[at - 1];
		memcpy(reason->mac[at], reason->mac[at - 1], sizeof(reason->mac[at]));
	}
	if (at == FLEET_NAMED_MAX)
		return;
	reason->ms[at] = machine->requested_ms;
	snprintf(reason->mac[at], sizeof(reason->mac[at]), "%s", machine->mac);
}

static int fleet_machine(void *arg, const struct db_fleet *machine)
{
	struct fleet *fleet = arg;
	struct fleet_reason *reason = fleet->reason;
	char why[sizeof(reason->why)];
	size_t i;

	fleet->machines++;
	fleet->states[machine->state]++;
	if (!fleet_why(machine, why, sizeof(why))) {
		fleet->armed++;
		return 0;
	}
	for (i = 0; i < fleet->count && strcmp(reason[i].why, why) != 0; i++)
		;
	if (i == fleet->count && i < FLEET_REASONS_MAX) {
		memcpy(reason[i].why, why, sizeof(why));
		fleet->count++;
	}
	reason[i].count++;
	fleet_name(&reason[i], machine);
	return 0;
}

static int fleet_order(const void *left, const void *right)
{
	const struct fleet_reason *a = left, *b = right;

	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return strcmp(a->why, b->why);
}

static json_t *fleet_reason(const struct fleet_reason *reason)
{
	json_t *object = json_object(), *newest = json_array();

	query_set_text(object, "why", reason->why);
	json_object_set_new(object, "machines", json_integer((json_int_t)reason->count));
	for (size_t n = 0; n < reason->named; n++)
		query_append(newest, json_string(reason->mac[n]));
	json_object_set_new(object, "newest", newest);
	return object;
}

static json_t *fleet_document(const struct fleet *fleet)
{
	json_t *list = json_array(), *states = json_object();

	for (size_t i = 0; i < fleet->count; i++)
		query_append(list, fleet_reason(&fleet->reason[i]));
	for (size_t i = 0; i <= SESSION_ENDED; i++)
		if (fleet->states[i])
			json_object_set_new(states, session_state_name((enum session_state)i),
			    json_integer((json_int_t)fleet->states[i]));
	return json_pack("{sIsIsoso}", "machines", (json_int_t)fleet->machines, "armed",
	    (json_int_t)fleet->armed, "not_armed", list, "states", states);
}

json_t *query_fleet(struct err *err, struct query *query)
{
	const struct request request = {.query = "fleet"};
	struct fleet *fleet;
	json_t *document = NULL;
	long count = 0;

	if (query_ask(err, query, &request, &document))
		return document;
	query->missing = 0;
	fleet = calloc(1, sizeof(*fleet));
	if (!fleet)
		return query_done(err, NULL, 0);
	snprintf(
	    fleet->reason[FLEET_REASONS_MAX].why, sizeof(fleet->reason[0].why), "other reasons");
	count = db_fleet(err, query->db, fleet_machine, fleet);
	if (fleet->reason[FLEET_REASONS_MAX].count)
		fleet->count = FLEET_REASONS_MAX + 1;
	qsort(fleet->reason, fleet->count, sizeof(fleet->reason[0]), fleet_order);
	if (count >= 0)
		document = fleet_document(fleet);
	free(fleet);
	return query_done(err, document, count < 0 ? -1 : 0);
}
