/* SPDX-License-Identifier: MIT */
/*
 * nmi: what an NMI led to; see power.h. Of an NMI death no line reaches netconsole or the console, so
 * only the upload shows it.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mac.h"
#include "power.h"
#include "store/db.h"

enum { NMI_DEADLINE = 300, NMI_UNARMED = 30 };

static int nmi_newest(void *arg, const struct db_session *session)
{
	memcpy(arg, session, sizeof(*session));
	return 1;
}

/* The machine's newest session, if the index can be read. 1 found, 0 not. */
static int nmi_session(const struct power_watch *watch, struct db_session *session)
{
	char hex[13];
	struct db_query query = {.like = hex, .limit = 1, .until_ms = clock_ahead()};
	struct err ignored;
	struct db *db = db_open(&ignored, watch->config->state, 0);
	long found = 0;

	mac_format_hex(watch->target->address, hex);
	if (db)
		found = db_sessions(&ignored, db, &query, nmi_newest, session);
	db_close(db);
	return found > 0;
}

int power_watch_begin(struct err *err, struct power_watch *watch, int seconds)
{
	static struct db_session session;
	const struct config_profile *profile = NULL;
	int armed = 1;

	if (journal_end(err, watch->config->state, &watch->pos))
		return -1;
	if (nmi_session(watch, &session)) {
		armed = session.armed_ms &&
			(session.state == SESSION_ARMED || session.state == SESSION_RUNNING ||
			    session.state == SESSION_DIED);
		profile = config_profile(watch->config, session.profile);
		snprintf(
		    watch->state, sizeof(watch->state), "%s", session_state_name(session.state));
		snprintf(watch->why, sizeof(watch->why), "%s", session.why);
	}
	watch->seconds = seconds   ? seconds
			 : !armed  ? NMI_UNARMED
			 : profile ? profile->deadline
				   : NMI_DEADLINE;
	watch->begin = clock_monotonic();
	return 0;
}

/* A log of this machine ends the watch, its next boot too. */
static int nmi_entry(void *arg, struct journal_entry *entry)
{
	struct power_watch *watch = arg;
	const char *file = kv_get(&entry->kv, "file");
	char hex[13];

	mac_format_hex(watch->target->address, hex);
	if (strncmp(entry->session, hex, 12) != 0)
		return 0;
	if (strcmp(entry->event, "requested") == 0) {
		watch->outcome = OUTCOME_BOOTED;
		return 1;
	}
	if (strcmp(entry->event, "resent") == 0) {
		watch->outcome = OUTCOME_SENT;
		snprintf(watch->session, sizeof(watch->session), "%s", entry->session);
		return 1;
	}
	if (strcmp(entry->event, "uploaded") == 0 && file && strncmp(file, "dmesg", 5) == 0) {
		watch->outcome = OUTCOME_STORED;
		snprintf(watch->session, sizeof(watch->session), "%s", entry->session);
		watch->bytes = kv_u64(&entry->kv, "bytes", UINT64_MAX, 0);
		return 1;
	}
	return 0;
}

int power_watch_end(struct err *err, struct power_watch *watch)
{
	const int64_t end = watch->begin + (int64_t)watch->seconds * 1000;

	if (!watch->silent)
		fprintf(stderr,
		    "lastwords: %s: NMI sent; waiting for its kernel log, at most %d s\n",
		    watch->target->name, watch->seconds);
	watch->outcome = OUTCOME_NOTHING;
	do {
		if (journal_read(err, watch->config->state, &watch->pos, nmi_entry, watch) < 0)
			return -1;
		watch->ms = clock_monotonic() - watch->begin;
		if (watch->outcome != OUTCOME_NOTHING)
			return 0;
		poll(NULL, 0, 100);
	} while (clock_monotonic() < end);
	return 0;
}
