/* SPDX-License-Identifier: MIT */
/*
 * query_fleet: how many machines are armed, and why the others are not; events of all sessions; what a machine last
 * reported of itself. From sessions in different states. Evidence: counts, reasons and names; order and limits.
 */
#include "query/identity.h"
#include "query_store.h"

static void test_fleet(void)
{
	json_t *d = have(query_fleet(&err, &query), "the fleet");

	is(at(d, "machines"), "12", "all machines");
	is(at(d, "armed"), "1", "those that are armed");
	is(at(d, "not_armed.0.why"), "not armed: no room", "the reason of most is first");
	is(at(d, "not_armed.0.machines"), "7", "with their number");
	is(at(d, "not_armed.0.newest"),
	    "[\"52:54:00:00:01:18\",\"52:54:00:00:01:17\",\"52:54:00:00:01:16\",\"52:54:00:00:01:15\","
	    "\"52:54:00:00:01:14\"]",
	    "and five of them, newest first");
	is(at(d, "not_armed.1.why"), "booting: script served, no report yet", "others by name");
	is(at(d, "states.not armed"), "8", "the states are counted");
	is(at(d, "states.running"), "2", "all of them");
	json_decref(d);
}

static void test_events(void)
{
	json_t *d = have(query_events(&err, &query, NULL, NULL, 0, 2), "the newest events");

	is(at(d, "events.0.event"), "power", "the newest is first");
	is(at(d, "events.0.session"), "", "one of no session has none");
	is(at(d, "events.0.text"), "target=lab1 action=on why=\"two words\"", "for people");
	is(at(d, "events.0.pairs.why"), "two words", "and for programs");
	is(at(d, "events.2"), "", "no more than asked for");
	json_decref(d);
	d = query_events(&err, &query, "running", NULL, 0, 0);
	is(at(d, "events.0.time"), "2023-11-14T22:14:24.000Z", "of one name, newest first");
	is(at(d, "events.1.event"), "running", "and no others");
	is(at(d, "events.3"), "", "all of them");
	json_decref(d);
	d = query_events(&err, &query, "running", NULL, noon + 60000, 0);
	is(at(d, "events.0.time"), "2023-11-14T22:13:24.000Z", "before a time");
	json_decref(d);
	d = query_events(&err, &query, NULL, store_session(1, noon), 0, 2);
	is(at(d, "events.0.event"), "running", "of one session, newest first");
	is(at(d, "events.1.event"), "armed", "and the one before");
	is(at(d, "events.2"), "", "no more than asked for");
	json_decref(d);
	d = query_events(&err, &query, "nothing", NULL, 0, 0);
	is(at(d, "events"), "[]", "of a name that never was");
	json_decref(d);
}

static void test_identity(void)
{
	const uint8_t known[6] = {0x52, 0x54, 0, 0, 1, 1}, unknown[6] = {0x52, 0x54, 0, 0, 9, 9};
	struct query_identity identity;
	const char *match[MATCH_COUNT];

	is_num(query_identity(&err, query.db, known, &identity), 1, "a machine that has booted");
	query_identity_match(&identity, match);
	is(match[MATCH_PRODUCT], "KVM <b>", "its product");
	is(match[MATCH_SERIAL], "S1", "its serial number");
	is(match[MATCH_ARCH], "x86_64", "its architecture");
	is(match[MATCH_CLIENT], "10.0.0.9", "its address");
	is(match[MATCH_MAC], "52:54:00:00:01:01", "its MAC");
	is(match[MATCH_UUID], "", "what it did not report is unknown");
	is_num(identity.time_ms == noon, 1, "when it did");
	is_num(query_identity(&err, query.db, unknown, &identity), 0, "a machine that never has");
	is(identity.match[MATCH_MAC], "52:54:00:00:09:09", "only its MAC is known");
}

int main(void)
{
	store_make();
	store_boot(store_session(1, noon), noon);
	store_boot(store_session(2, noon + 60000), noon + 60000);
	/* a session of it without a request: the one before counts */
	store_event(noon + 90000, "event", store_session(1, noon + 90000), "text=x");
	for (int i = 0; i < 7; i++) {
		const char *id = store_session(18 + i, noon + i);

		store_event(noon + i, "requested", id, "profile=lab");
		store_event(noon + i + 1000, "not-armed", id, "why=no%20room");
	}
	store_event(noon, "requested", store_session(3, noon), "profile=lab");
	store_event(noon, "not-armed", store_session(4, noon), "why=overlay%20corrupt");
	store_event(noon, "running", store_session(5, noon), "");
	store_event(noon + 99999, "power", NULL, "target=lab1 action=on why=two%20words");
	store_index();
	test_fleet();
	test_events();
	test_identity();
	db_close(query.db);
	return tap_done();
}
