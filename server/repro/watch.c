/* SPDX-License-Identifier: MIT */
/* watch: what the journal reports of one machine; see watch.h. */
#include "watch.h"

#include <stdio.h>
#include <string.h>

#include "base/mac.h"

void watch_init(struct watch *watch, const uint8_t mac[6], int64_t since_ms)
{
	memset(watch, 0, sizeof(*watch));
	mac_format_hex(mac, watch->mac);
	watch->since_ms = since_ms;
	watch->uptime = -1;
}

static void watch_why(struct watch *watch, const struct journal_entry *entry, const char *key)
{
	const char *why = kv_get(&entry->kv, key);

	snprintf(watch->why, sizeof(watch->why), "%s", why ? why : "");
}

static void watch_requested(
    struct watch *watch, const struct journal_entry *entry, const struct session *session)
{
	if (watch->armed_ms || watch->running_ms || watch_crash_ms(watch)) {
		if (!watch->again_ms)
			watch->again_ms = entry->time_ms;
		return;
	}
	memcpy(watch->session, session->id, sizeof(watch->session));
	memcpy(watch->profile, session->profile, sizeof(watch->profile));
	watch->requested_ms = entry->time_ms;
	watch->why[0] = '\0';
}

static void watch_running(struct watch *watch, const struct journal_entry *entry)
{
	if (watch->running_ms)
		return;
	watch->running_ms = entry->time_ms;
	watch->uptime = (int64_t)kv_u64(&entry->kv, "uptime", 1 << 30, UINT64_MAX);
}

static void watch_uploaded(struct watch *watch, const struct journal_entry *entry)
{
	const char *channel = kv_get(&entry->kv, "channel");

	if (channel && strcmp(channel, "autopsy") == 0) {
		watch->autopsy_ms = entry->time_ms;
		return;
	}
	watch->uploaded_ms = entry->time_ms;
	watch->by_pstore = channel && strcmp(channel, "pstore") == 0;
}

static void watch_script(struct watch *watch, const struct journal_entry *entry)
{
	uint64_t signal_number = kv_u64(&entry->kv, "signal", 64, 0);

	watch->script_ms = entry->time_ms;
	if (signal_number)
		watch->script_status = 128 + (int)signal_number;
	else
		watch->script_status = (int)kv_u64(&entry->kv, "status", 255, UINT64_MAX);
	watch_why(watch, entry, "why");
}

void watch_feed(struct watch *watch, const struct journal_entry *entry)
{
	const char *event = entry->event;
	struct session session;
	struct err ignored;

	if (strncmp(entry->session, watch->mac, 12) != 0 ||
	    session_parse(&ignored, entry->session, strlen(entry->session), &session) ||
	    session.time_ms < watch->since_ms)
		return;
	if (strcmp(session.id, watch->session) != 0) {
		if (strcmp(event, "requested") == 0)
			watch_requested(watch, entry, &session);
		return;
	}
	if (strcmp(event, "armed") == 0)
		watch->armed_ms = entry->time_ms;
	else if (strcmp(event, "not-armed") == 0)
		watch_why(watch, entry, "why");
	else if (strcmp(event, "running") == 0)
		watch_running(watch, entry);
	else if (strcmp(event, "died") == 0)
		watch->died_ms = entry->time_ms;
	else if (strcmp(event, "uploaded") == 0)
		watch_uploaded(watch, entry);
	else if (strcmp(event, "script") == 0)
		watch_script(watch, entry);
}

int64_t watch_crash_ms(const struct watch *watch)
{
	int64_t last = watch->died_ms;

	last = watch->uploaded_ms > last ? watch->uploaded_ms : last;
	return last;
}
