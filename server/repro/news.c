/* SPDX-License-Identifier: MIT */
/* news: what the journal reports of one machine; see news.h. */
#include "news.h"

#include <stdio.h>
#include <string.h>

#include "base/mac.h"

void news_init(struct news *news, const uint8_t mac[6], int64_t since_ms)
{
	memset(news, 0, sizeof(*news));
	mac_format_hex(mac, news->mac);
	news->since_ms = since_ms;
	news->uptime = -1;
}

static void news_why(struct news *news, const struct journal_entry *entry, const char *key)
{
	const char *why = kv_get(&entry->kv, key);

	snprintf(news->why, sizeof(news->why), "%s", why ? why : "");
}

static void news_requested(
    struct news *news, const struct journal_entry *entry, const struct session *session)
{
	if (news->armed_ms || news->running_ms || news_crash_ms(news)) {
		if (!news->again_ms)
			news->again_ms = entry->time_ms;
		return;
	}
	memcpy(news->session, session->id, sizeof(news->session));
	memcpy(news->profile, session->profile, sizeof(news->profile));
	news->requested_ms = entry->time_ms;
	news->why[0] = '\0';
}

static void news_running(struct news *news, const struct journal_entry *entry)
{
	if (news->running_ms)
		return;
	news->running_ms = entry->time_ms;
	news->uptime = (int64_t)kv_u64(&entry->kv, "uptime", 1 << 30, UINT64_MAX);
}

static void news_uploaded(struct news *news, const struct journal_entry *entry)
{
	const char *channel = kv_get(&entry->kv, "channel");

	if (channel && strcmp(channel, "autopsy") == 0) {
		news->autopsy_ms = entry->time_ms;
		return;
	}
	news->uploaded_ms = entry->time_ms;
	news->by_pstore = channel && strcmp(channel, "pstore") == 0;
}

static void news_script(struct news *news, const struct journal_entry *entry)
{
	uint64_t signal_number = kv_u64(&entry->kv, "signal", 64, 0);

	news->script_ms = entry->time_ms;
	if (signal_number)
		news->script_status = 128 + (int)signal_number;
	else
		news->script_status = (int)kv_u64(&entry->kv, "status", 255, UINT64_MAX);
	news_why(news, entry, "why");
}

void news_feed(struct news *news, const struct journal_entry *entry)
{
	const char *event = entry->event;
	struct session session;
	struct err ignored;

	if (strncmp(entry->session, news->mac, 12) != 0 ||
	    session_parse(&ignored, entry->session, strlen(entry->session), &session) ||
	    session.time_ms < news->since_ms)
		return;
	if (strcmp(session.id, news->session) != 0) {
		if (strcmp(event, "requested") == 0)
			news_requested(news, entry, &session);
		return;
	}
	if (strcmp(event, "armed") == 0)
		news->armed_ms = entry->time_ms;
	else if (strcmp(event, "not-armed") == 0)
		news_why(news, entry, "why");
	else if (strcmp(event, "running") == 0)
		news_running(news, entry);
	else if (strcmp(event, "died") == 0)
		news->died_ms = entry->time_ms;
	else if (strcmp(event, "uploaded") == 0)
		news_uploaded(news, entry);
	else if (strcmp(event, "script") == 0)
		news_script(news, entry);
}

int64_t news_crash_ms(const struct news *news)
{
	int64_t last = news->died_ms;

	last = news->uploaded_ms > last ? news->uploaded_ms : last;
	return last;
}
