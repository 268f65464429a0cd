/* SPDX-License-Identifier: MIT */
/* previous: the machine's session before this one; see previous.h. */
#include "previous.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "store/journal.h"

struct previous {
	const struct session_key *key;
	const struct session *now;
	struct session *best;
	int found;
};

static int previous_fits(
    const struct session_key *key, const struct session *now, const char *id, struct session *out)
{
	struct err err;

	return session_verify(&err, key, id, strlen(id), out) == 0 &&
	       memcmp(out->mac, now->mac, sizeof(now->mac)) == 0 && out->time_ms < now->time_ms;
}

static int previous_see(void *arg, struct journal_entry *entry)
{
	struct previous *previous = arg;
	struct session session;

	/* Ids begin with the MAC: only this machine's are worth an HMAC. */
	if (strncmp(entry->session, previous->now->id, 12) == 0 &&
	    previous_fits(previous->key, previous->now, entry->session, &session) &&
	    (!previous->found || session.time_ms > previous->best->time_ms)) {
		*previous->best = session;
		previous->found = 1;
	}
	return 0;
}

int previous_session(struct err *err, const char *state, const struct session_key *key,
    const struct session *now, const char *died, struct session *out)
{
	struct previous previous = {.key = key, .now = now, .best = out};
	struct journal_pos pos = {.offset = 0};
	char when[25];

	if (died && previous_fits(key, now, died, out))
		return 1;
	/* 31 days before: the month before this one, or this one's first days */
	clock_format(now->time_ms - 31LL * 86400 * 1000, when);
	snprintf(pos.file, sizeof(pos.file), "%.7s.log", when);
	if (journal_read(err, state, &pos, previous_see, &previous) < 0)
		return -1;
	return previous.found;
}
