/* SPDX-License-Identifier: MIT */
/*
 * db_machine: what the index keeps of each machine's newest session is what its sessions have. Path: many entries by
 * chance, in any order, of sessions old, new, pruned, and of a clock that was ahead; after every few the states of
 * db_fleet and the list of db_machines next to the newest of all sessions.
 */
#include "tap.h"

#include <stdlib.h>

#include "base/clock.h"
#include "scratch.h"
#include "store/db.h"

enum { MACHINES = 7, SESSIONS = 6, ENTRIES = 3000, EVERY = 20 };

static const struct session_key key = {{7}};
static struct err err;
static struct db *db;
static struct session sessions[MACHINES][SESSIONS];
static int64_t now;

/* What a machine should have. */
static struct db_session newest[MACHINES];
static long known, wrong, seen;

static int machine_of(const char *mac)
{
	return (int)strtol(mac + 15, NULL, 16);
}

/* Later; a time that is to come is earlier than all others. */
static int is_later(const struct db_session *a, const struct db_session *b)
{
	int early_a = a->requested_ms > clock_ahead(), early_b = b->requested_ms > clock_ahead();

	if (early_a != early_b)
		return early_b;
	return a->requested_ms > b->requested_ms;
}

static int got_session(void *arg, const struct db_session *session)
{
	struct db_session *to = &newest[machine_of(session->mac)];

	(void)arg;
	known += !to->id[0];
	if (!to->id[0] || is_later(session, to))
		*to = *session;
	return 0;
}

static int got_fleet(void *arg, const struct db_fleet *machine)
{
	const struct db_session *should = &newest[machine_of(machine->mac)];

	(void)arg;
	seen++;
	wrong += machine->state != should->state || machine->armed_ms != should->armed_ms ||
		 machine->requested_ms != should->requested_ms ||
		 strcmp(machine->why, should->why) != 0;
	return 0;
}

static int got_machine(void *arg, const struct db_session *session)
{
	(void)arg;
	wrong += strcmp(session->id, newest[machine_of(session->mac)].id) != 0;
	return 0;
}

/* The number of machines that are not as they should be. */
static long compare(void)
{
	struct db_query all = {.limit = DB_ALL};
	struct db_list list = {.state = DB_ANY_STATE};
	long total = 0, states;

	memset(newest, 0, sizeof(newest));
	known = wrong = seen = 0;
	if (db_sessions(&err, db, &all, got_session, NULL) < 0)
		return -1;
	states = db_fleet(&err, db, got_fleet, NULL);
	if (states < 0 || db_machines(&err, db, &list, &total, got_machine, NULL) != known)
		return -1;
	all.newest_only = 1;
	if (db_sessions(&err, db, &all, got_machine, NULL) != known || states != known)
		return -1;
	return wrong + (total != known);
}

/* An entry of a session, or counts of its stream. */
static int apply(const struct session *session)
{
	static const char *const events[] = {
	    "requested", "armed", "not-armed", "running", "died", "uploaded", "stalled", "pruned"};
	const char *event = events[(size_t)rand() % (sizeof(events) / sizeof(events[0]))];
	int64_t time_ms = now - 500000 + rand() % 1000000;
	char line[JOURNAL_LINE_MAX], number[8];
	struct db_stream stream = {.packets = (uint64_t)(rand() % 3)};
	struct journal_entry entry;
	struct kv_out out;

	if (rand() % 8 == 0)
		return db_put_stream(&err, db, session->id, &stream);
	journal_begin(&out, line, sizeof(line), time_ms, event, session->id);
	snprintf(number, sizeof(number), "%d", rand() % 5);
	kv_out_pair(&out, ' ', "why", number);
	if (journal_parse(line, out.len, &entry))
		return -1;
	return db_apply(&err, db, &entry);
}

int main(void)
{
	const int64_t day = 86400LL * 1000;
	long bad = 0, compared = 0;

	now = clock_now();
	srand(1);
	for (int m = 0; m < MACHINES; m++)
		for (int s = 0; s < SESSIONS; s++) {
			const uint8_t mac[6] = {0x52, 0x54, 0, 0, 1, (uint8_t)m};
			/* (the last of some machines are of a clock that is two days ahead) */
			int64_t ahead = m % 2 && s >= SESSIONS - 2 ? 2 * day : 0;

			session_mint(
			    &key, mac, now - 400000 + s * 100 + ahead, "lab", &sessions[m][s]);
		}
	db = db_open(&err, scratch_make(), 1);
	ok(db != NULL, "an index");
	for (int i = 0; db && i < ENTRIES; i++) {
		if (apply(&sessions[rand() % MACHINES][rand() % SESSIONS]))
			printf("# %s\n", err.msg);
		if (i % EVERY)
			continue;
		bad += compare() != 0;
		compared++;
	}
	is_num(bad, 0, "the newest sessions are those of all sessions, whatever comes");
	ok(compared == ENTRIES / EVERY && known >= 2, "and there are some");
	db_close(db);
	return tap_done();
}
