/* SPDX-License-Identifier: MIT */
/*
 * status: how far this server's events are in the centre: STATE/run/relay.meta, which metrics, doctor, prune and
 * `lastwords central status` read, and events for people.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "daemon.h"
#include "store/layout.h"

enum { STATUS_EVENT_MS = 3600000 };

const char *status_name(enum relay_state state)
{
	static const char *const names[] = {"waiting", "connected", "read-only", "refused"};

	return names[state];
}

static void status_signed(struct kv_out *out, const char *key, int64_t value)
{
	if (value >= 0)
		kv_out_num(out, '\n', key, (unsigned long long)value);
}

/* The time of the oldest thing that is not known to be there; about now when all is. For keep_until_central. */
static int64_t status_unsent(const struct relay *relay, int64_t now)
{
	int64_t unsent = relay->oldest_ms ? relay->oldest_ms : now;

	if (!relay->server || !relay->history_done || relay->files_waiting < 0)
		return 1; /* nothing is known to be there */
	if (relay->files_waiting && relay->files_oldest_ms < unsent)
		unsent = relay->files_oldest_ms;
	return unsent > 0 ? unsent : 1;
}

void status_write(struct relay *relay)
{
	int64_t now = clock_now(), lag = relay->oldest_ms && relay->oldest_ms < now
					     ? (now - relay->oldest_ms) / 1000
					     : 0;
	char text[LAYOUT_RELAY_MAX], dir[FILE_PATH_MAX], since[25];
	struct kv_out out;
	struct err ignored;

	clock_format(relay->since_ms, since);
	kv_out_init(&out, text, sizeof(text));
	kv_out_pair(&out, '\n', "state", status_name(relay->state));
	if (relay->why[0])
		kv_out_pair(&out, '\n', "why", relay->why);
	kv_out_pair(&out, '\n', "since", since);
	status_signed(&out, "cursor", relay->cursor);
	status_signed(&out, "last", relay->last);
	status_signed(&out, "lag", lag);
	status_signed(&out, "files", relay->files_waiting);
	status_signed(&out, "unsent", status_unsent(relay, now));
	kv_out_num(&out, '\n', "sent", relay->sent);
	kv_out_num(&out, '\n', "poison", relay->poison);
	kv_out_pair(&out, '\n', "history", relay->history_done ? "done" : relay->history);
	kv_out_num(&out, '\n', "pid", (unsigned long long)getpid());
	kv_out_raw(&out, "\n");
	if (!out.overflow && file_path(&ignored, relay->config->state, LAYOUT_RUN, dir) == 0)
		(void)file_replace(&ignored, dir, "relay.meta", text, out.len);
}

void status_event(struct relay *relay, const char *what, const char *text)
{
	char line[JOURNAL_LINE_MAX];
	struct kv_out out;
	struct err err;

	fprintf(stderr, "lastwords-relay: %s\n", text);
	journal_begin(&out, line, sizeof(line), clock_now(), "event", NULL);
	kv_out_pair(&out, ' ', "what", what);
	kv_out_pair(&out, ' ', "text", text);
	if (journal_append(&err, relay->config->state, &out))
		err_print("lastwords-relay", &err);
}

/* One event an hour of each kind: a connection that comes and goes must not fill the journal. */
static void status_tell(struct relay *relay, int64_t *told_ms, const char *text)
{
	int64_t now = clock_now();

	if (*told_ms && now - *told_ms < STATUS_EVENT_MS && now >= *told_ms) {
		fprintf(stderr, "lastwords-relay: %s\n", text);
		return;
	}
	*told_ms = now;
	status_event(relay, "central", text);
}

void status_change(struct relay *relay, enum relay_state state, const char *why)
{
	char text[sizeof(relay->why) + 64];
	int same = state == relay->state && strcmp(relay->why, why) == 0, was = (int)relay->state;

	snprintf(relay->why, sizeof(relay->why), "%s", why);
	if (!same) {
		relay->state = state;
		relay->since_ms = clock_now();
	}
	status_write(relay);
	if (same)
		return;
	if (state == RELAY_CONNECTED) {
		status_tell(relay, &relay->told_again_ms, "the central database is connected");
		relay->told_lost_ms = 0;
	} else {
		snprintf(
		    text, sizeof(text), "no central database (%s): %s", status_name(state), why);
		if (was != (int)RELAY_CONNECTED && relay->told_lost_ms)
			fprintf(stderr, "lastwords-relay: %s\n", text);
		else
			status_tell(relay, &relay->told_lost_ms, text);
	}
}
