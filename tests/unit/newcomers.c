/* SPDX-License-Identifier: MIT */
/* known, newcomers: which machines were here before, and what the lines of all others may cost in a day. */
#include "collector/newcomers.h"

#include <string.h>

#include "boot/known.h"
#include "scratch.h"
#include "store/layout.h"
#include "tap.h"

enum { HOUR = 3600000, DAY = 24 * HOUR };
static const struct session_key key = {{7}};
static const int64_t now = (int64_t)DAY * 20000;
static const char *state;

/* The id of a session of machine n at time_ms; valid until the next call. */
static const char *id_of(int n, int64_t time_ms, int with_logs)
{
	static struct session session;
	uint8_t mac[6] = {0x52, 0x54, 0, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};
	char dir[FILE_PATH_MAX];
	struct err err = {""};

	session_mint(&key, mac, time_ms, "lab", &session);
	if (with_logs && layout_session_dir(&err, state, &session, LAYOUT_LAZY, dir))
		fprintf(stderr, "%s\n", err.msg);
	return session.id;
}

static int is_known(int n)
{
	uint8_t mac[6] = {0x52, 0x54, 0, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};

	return known_machine(state, mac, now);
}

int main(void)
{
	struct newcomers newcomers = {.day = 0};
	int begun = 0, told = 0;

	state = scratch_make();
	scratch_mkdir("sessions");
	scratch_mkdir("machines");
	is_num(is_known(1), 0, "a machine without logs is not known");
	id_of(1, now - HOUR, 1);
	is_num(is_known(1), 0, "a machine with logs of an hour ago is not known");
	id_of(1, now - DAY, 1);
	is_num(is_known(1), 1, "a machine with logs of a session of a day ago is known");
	scratch_put("machines/525400000002", "profile=lab\n");
	is_num(is_known(2), 1, "a machine for which something is set is known");

	is_num(known_session(state, id_of(1, now, 0), now), 1,
	    "a session of a known machine is known");
	is_num(known_session(state, id_of(3, now, 0), now), 0, "a session of a new machine is not");
	is_num(known_session(state, id_of(3, now - DAY, 0), now), 1,
	    "a session of a day ago is known");
	for (int i = 0; i < NEWCOMERS_SESSIONS + 100; i++)
		begun += newcomers_may_begin(&newcomers, state, id_of(100 + i, now, 0), now);
	is_num(begun, NEWCOMERS_SESSIONS, "sessions of newcomers that get a directory in a day");
	is_num(newcomers_may_begin(&newcomers, state, id_of(1, now, 0), now), 1,
	    "a known machine's gets one then, too");
	id_of(4, now, 1);
	is_num(newcomers_may_begin(&newcomers, state, id_of(4, now, 0), now), 1,
	    "as does one that has it");
	is_num(
	    newcomers_may_begin(&newcomers, state, id_of(5, now, 0), now), 0, "but no other one");
	for (int i = 0; i < NEWCOMERS_EVENTS + 100; i++)
		told += newcomers_may_tell(&newcomers, state, id_of(5, now, 0), now, 1);
	is_num(told, NEWCOMERS_EVENTS, "events of newcomers in a day");
	is_num(newcomers_may_tell(&newcomers, state, id_of(1, now, 0), now, 1), 1,
	    "a known machine's events are written then, too");
	is_num(newcomers_may_tell(&newcomers, state, "-", now, 0), 1, "and those of no session");
	is_num(newcomers_may_begin(&newcomers, state, id_of(5, now + HOUR, 0), now + DAY), 1,
	    "the next day has its own");
	is_num(newcomers_may_tell(&newcomers, state, id_of(5, now + HOUR, 0), now + DAY, 0), 0,
	    "without room on the disk no newcomer's event is written");
	is_num(newcomers_may_tell(&newcomers, state, id_of(1, now + HOUR, 0), now + DAY, 0), 1,
	    "a known machine's is");
	return tap_done();
}
