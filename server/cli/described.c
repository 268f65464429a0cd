/* SPDX-License-Identifier: MIT */
/* described: what a machine last said of itself; see described.h. */
#include "described.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

struct described_search {
	struct described *described;
	const char *mac; /* the event must name it; NULL: it is of the machine's session */
	int found;
};

/* A request or a refusal; text is the pairs, as written. */
static int described_event(void *arg, int64_t time_ms, const char *event, const char *text)
{
	struct described_search *search = arg;
	struct described *described = search->described;
	char line[JOURNAL_LINE_MAX + 1];
	const size_t len = strnlen(text, sizeof(line) - 1);
	const char *mac;
	struct kv kv;

	if ((strcmp(event, "requested") != 0 && strcmp(event, "refused") != 0) ||
	    (search->found && time_ms < described->time_ms))
		return 0;
	memcpy(line, text, len);
	kv_parse(&kv, line, len, ' ');
	mac = kv_get(&kv, "mac");
	if (search->mac && (!mac || strcmp(mac, search->mac) != 0))
		return 0;
	memset(described, 0, sizeof(*described));
	described->time_ms = time_ms;
	for (int m = 0; m < MATCH_COUNT; m++) {
		const char *value =
		    kv_get(&kv, m == MATCH_CLIENT ? "address" : config_match_name(m));

		if (value && m != MATCH_MAC)
			snprintf(described->match[m], sizeof(described->match[m]), "%s", value);
	}
	search->found = 1;
	return 0;
}

static int described_newest(void *arg, const struct db_session *session)
{
	memcpy(arg, session->id, sizeof(session->id));
	return 1;
}

int described_read(
    struct err *err, struct db *db, const uint8_t mac[6], struct described *described)
{
	char hex[13], text[18], id[SESSION_ID_MAX + 1] = "";
	struct db_query query = {.like = hex, .limit = 1, .until_ms = clock_ahead()};
	struct described_search search = {.described = described};

	mac_format_hex(mac, hex);
	mac_format(mac, text);
	if (db_sessions(err, db, &query, described_newest, id) < 0)
		return -1;
	if (id[0] && db_events(err, db, id, described_event, &search) < 0)
		return -1;
	/* (a refusal has no session) */
	search.mac = text;
	if (db_events(err, db, "-", described_event, &search) < 0)
		return -1;
	return search.found;
}
