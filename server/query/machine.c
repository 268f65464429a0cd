/* SPDX-License-Identifier: MIT */
/*
 * machine: machines by their newest sessions and what is set for them, and one of them; see query.h. It must not
 * decide what a machine boots: config_choose does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "base/clock.h"
#include "boot/override.h"
#include "crash_fields.h"
#include "fields.h"
#include "identity.h"
#include "store/layout.h"

enum { MACHINE_SESSIONS = 100, MACHINE_CRASHES = 20 };

/* --- one machine's fields --------------------------------------------------------------------------- */

static void machine_add_session(
    json_t *object, const struct query *query, const struct db_session *known)
{
	int is_up = known->state == SESSION_ARMED || known->state == SESSION_RUNNING;

	query_set_time(object, "requested", known->requested_ms);
	query_set_text(object, "state", session_state_name(known->state));
	json_object_set_new(object, "armed", json_boolean(is_up && known->armed_ms));
	query_set_text(object, "profile", known->profile);
	query_set_text(object, "product", known->product);
	query_set_text(object, "serial", known->serial);
	query_set_text(object, "address", known->address);
	query_set_text(object, "release", known->release);
	query_set_text(object, "session", known->id);
	query_set_text(object, "why", known->why);
	query_crash_server(object, known);
	if (is_up && known->up_ms && known->up_ms <= query->now_ms)
		json_object_set_new(
		    object, "up", json_real((double)(query->now_ms - known->up_ms) / 1000));
}

/* What a person has set. 1 if something is, 0, -1. */
static int machine_add_set(
    struct err *err, json_t *object, const struct query *query, const uint8_t mac[6])
{
	struct override set;
	int rc = override_read(err, query->state, mac, &set);

	if (rc <= 0)
		return rc;
	query_set_time(object, "set", set.set_ms);
	query_set_text(object, "set_profile", set.profile);
	query_set_text(object, "set_image", set.image);
	query_set_text(object, "set_args", set.args);
	if (set.drill)
		json_object_set_new(object, "drill", json_integer(set.drill));
	if (set.script)
		json_object_set_new(object, "script", json_integer(set.script));
	json_object_set_new(object, "once", json_boolean(set.once));
	return 1;
}

/* mac is "52:54:00:a1:b2:c3"; known: its newest session, NULL none. An override that cannot be read is left out. */
static json_t *machine_object(
    struct err *err, struct query *query, const char *mac, const struct db_session *known)
{
	const struct config_target *target =
	    query->config ? config_target(query->config, mac) : NULL;
	long crashes = known ? db_machine_crashes(err, query->db, mac) : 0;
	json_t *object;
	struct err ignored;
	uint8_t bytes[6];

	if (crashes < 0)
		return NULL;
	object = json_object();
	query_set_text(object, "mac", mac);
	if (known)
		machine_add_session(object, query, known);
	json_object_set_new(object, "crashes", json_integer(crashes));
	if (target)
		query_set_text(object, "target", target->name);
	if (mac_parse(&ignored, mac, bytes) == 0)
		machine_add_set(&ignored, object, query, bytes);
	return query_done(err, object, 0);
}

/* --- lists ------------------------------------------------------------------------------------------ */

/* The machines with sessions come from the index by MAC, and are merged with those that have only an override. */
struct machines {
	struct err *err;
	struct query *query;
	json_t *list;
	/* Names of 12 hex digits, sorted: those that have an override, then only those that have no session. */
	struct dirent **set;
	int set_count, set_at;
	int skipped; /* how many machines with sessions come before the first that the index gives */
	long at; /* the number of the machine that comes next */
	long from, to; /* those that are asked for */
	int failed;
};

/* Gives the next machine's place in the list: 1 to go on, 0 when all that are asked for are there. */
static int machines_place(struct machines *all, const char *mac, const struct db_session *known)
{
	long at = all->at++;

	if (at >= all->to)
		return 0;
	if (at < all->from)
		return 1;
	if (query_append(all->list, machine_object(all->err, all->query, mac, known)) == 0)
		return 1;
	all->failed = 1;
	return 0;
}

/* Those that have only an override, before before (12 hex digits; NULL: all that are left). */
static int machines_set(struct machines *all, const char *before)
{
	for (; all->set_at < all->set_count; all->set_at++) {
		const char *name = all->set[all->set_at]->d_name;
		struct err ignored;
		uint8_t bytes[6];
		char mac[18];

		if (before && strcmp(name, before) > 0)
			break;
		if (mac_parse(&ignored, name, bytes))
			continue;
		mac_format(bytes, mac);
		if (!machines_place(all, mac, NULL))
			return 0;
	}
	return 1;
}

static int machines_session(void *arg, const struct db_session *known)
{
	struct machines *all = arg;
	char hex[13];

	snprintf(hex, sizeof(hex), "%.12s", known->id);
	if (all->skipped) {
		/* (not so many are skipped that one before this could be asked for) */
		while (
		    all->set_at < all->set_count && strcmp(all->set[all->set_at]->d_name, hex) < 0)
			all->set_at++;
		all->at = all->skipped + all->set_at;
		all->skipped = 0;
	}
	return !machines_set(all, hex) || !machines_place(all, known->mac, known);
}

/* Leaves only those that have no session. 0/-1. */
static int machines_only_set(struct err *err, struct query *query, struct machines *all)
{
	struct session session = {.time_ms = INT64_MAX};
	char id[SESSION_ID_MAX + 1];
	int left = 0, rc = 0;

	for (int i = 0; i < all->set_count; i++) {
		struct dirent *name = all->set[i];
		int has = query->db && rc == 0 ? mac_parse(err, name->d_name, session.mac) : 0;

		if (has == 0 && query->db && rc == 0)
			has = db_session_before(err, query->db, &session, id);
		if (has > 0)
			free(name);
		else
			all->set[left++] = name;
		rc = has < 0 ? -1 : rc;
	}
	all->set_count = left;
	return rc;
}

static int machines_has_conditions(const struct db_list *what)
{
	return what->like || what->state != DB_ANY_STATE || what->since_ms || what->until_ms;
}

/* The names in STATE/machines; those with a condition for their sessions have no part in it. */
static int machines_read_set(struct err *err, const struct db_list *what, struct machines *all)
{
	char dir[FILE_PATH_MAX];

	if (machines_has_conditions(what))
		return 0;
	if (file_path(err, all->query->state, LAYOUT_MACHINES, dir))
		return -1;
	all->set_count = file_list(err, dir, layout_is_machine, &all->set);
	return all->set_count < 0 ? -1 : 0;
}

json_t *query_machines(struct err *err, struct query *query, const struct query_list *list)
{
	const struct request request = {.query = "machines", .list = *list};
	struct db_list what = {.like = list->like && list->like[0] ? list->like : NULL,
	    .since_ms = list->since_ms,
	    .until_ms = list->until_ms};
	struct machines all = {
	    .err = err, .query = query, .from = list->offset > 0 ? list->offset : 0};
	json_t *document = NULL;
	long total = 0;
	int rc = -1;

	if (query_ask(err, query, &request, &document))
		return document;
	query->missing = 0;
	if (query_state(err, query, list->state, &what.state) ||
	    machines_read_set(err, &what, &all))
		return NULL;
	all.to = all.from + query_limit(list->limit);
	what.limit = (int)all.to;
	all.list = json_array();
	if (machines_only_set(err, query, &all))
		goto out;
	if (all.from > all.set_count)
		all.skipped = (int)all.from - all.set_count;
	what.offset = all.skipped;
	what.limit = (int)all.to - all.skipped;
	if ((query->db && db_machines(err, query->db, &what, &total, machines_session, &all) < 0))
		goto out;
	machines_set(&all, NULL);
	if (all.failed)
		goto out;
	rc = 0;
	document = json_pack("{sIsisO}", "total", (json_int_t)(total + all.set_count), "offset",
	    (int)all.from, "machines", all.list);
out:
	json_decref(all.list);
	file_list_free(all.set, all.set_count);
	return query_done(err, document, rc);
}

/* --- one -------------------------------------------------------------------------------------------- */

/* Its newest session; one of a clock that was wrong only if there is no other. 1, 0 none, -1. */
static int machine_newest(
    struct err *err, struct query *query, const uint8_t mac[6], struct db_session *known)
{
	struct session session = {.time_ms = clock_ahead()};
	char id[SESSION_ID_MAX + 1];
	int rc;

	memcpy(session.mac, mac, sizeof(session.mac));
	rc = db_session_before(err, query->db, &session, id);
	if (rc == 0) {
		session.time_ms = INT64_MAX;
		rc = db_session_before(err, query->db, &session, id);
	}
	return rc > 0 ? db_session_by_id(err, query->db, id, known) : rc;
}

static int machine_add_identity(
    struct err *err, json_t *object, struct query *query, const uint8_t mac[6])
{
	const struct config *config = query->config;
	const char *match[MATCH_COUNT];
	const struct config_rule *rule;
	struct query_identity identity;
	json_t *of = json_object();
	char text[FILE_PATH_MAX + 16];
	int rc = query_identity(err, query->db, mac, &identity);

	if (rc <= 0) {
		json_decref(of);
		return rc;
	}
	for (int field = 0; field < MATCH_COUNT; field++)
		query_set_text(
		    of, config_match_name((enum config_match)field), identity.match[field]);
	query_set_time(of, "time", identity.time_ms);
	json_object_set_new(object, "identity", of);
	if (!config)
		return 0;
	query_identity_match(&identity, match);
	rule = config_choose(config, match);
	snprintf(text, sizeof(text), "%s:%d", config->file,
	    rule ? rule->at.line : config_line(&config->at, "unknown"));
	query_set_text(object, "rule", text);
	if (rule)
		query_set_text(object, "rule_profile", rule->profile);
	return 0;
}

/* Its newest crashes, and its newest boots; each in a walk over its sessions. */
struct machine_lists {
	struct query *query;
	json_t *boots, *crashes;
	int failed;
};

static int machine_boot(void *arg, const struct db_session *known)
{
	struct machine_lists *lists = arg;
	struct err ignored;

	if (json_array_size(lists->boots) < MACHINE_SESSIONS)
		lists->failed |= query_append(lists->boots, query_session_row(known));
	if ((known->title[0] || known->died_ms || known->captured_ms) &&
	    json_array_size(lists->crashes) < MACHINE_CRASHES)
		lists->failed |=
		    query_append(lists->crashes, query_crash_object(&ignored, lists->query, known));
	return lists->failed || (json_array_size(lists->boots) == MACHINE_SESSIONS &&
				    json_array_size(lists->crashes) == MACHINE_CRASHES);
}

static int machine_add_lists(struct err *err, json_t *object, struct query *query, const char *mac)
{
	struct db_list all = {.mac = mac, .state = DB_ANY_STATE};
	struct machine_lists lists = {
	    .query = query, .boots = json_array(), .crashes = json_array()};
	json_t *recent = json_pack("{sOsisO}", "total", json_object_get(object, "crashes"),
	    "offset", 0, "crashes", lists.crashes);
	long count = db_list(err, query->db, &all, NULL, machine_boot, &lists);
	int failed = lists.failed;

	failed |= json_object_set_new(object, "recent", recent);
	failed |= json_object_set(object, "sessions", lists.boots);
	json_decref(lists.boots);
	json_decref(lists.crashes);
	if (count < 0)
		return -1;
	return failed ? err_set(err, "out of memory") : 0;
}

json_t *query_machine(struct err *err, struct query *query, const char *mac)
{
	const struct request request = {.query = "machine", .mac = mac};
	struct db_session known;
	char text[18];
	struct err ignored;
	json_t *object;
	uint8_t bytes[6];
	int rc;

	if (query_ask(err, query, &request, &object))
		return object;
	query->missing = 0;
	if (mac_parse(&ignored, mac, bytes)) {
		query_miss(err, query, "machine", mac);
		return NULL;
	}
	mac_format(bytes, text);
	rc = machine_newest(err, query, bytes, &known);
	if (rc < 0)
		return NULL;
	object = machine_object(err, query, text, rc > 0 ? &known : NULL);
	if (!object)
		return NULL;
	if (rc == 0 && !json_object_get(object, "set")) {
		json_decref(object);
		query_miss(err, query, "machine", text);
		return NULL;
	}
	rc = machine_add_identity(err, object, query, bytes);
	if (rc == 0)
		rc = machine_add_lists(err, object, query, text);
	return query_done(err, object, rc);
}
