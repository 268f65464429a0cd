/* SPDX-License-Identifier: MIT */
/* identity: what a machine last reported of itself; see identity.h. */
#include "identity.h"

#include <stdio.h>
#include <string.h>

static void identity_copy(
    struct query_identity *identity, const struct kv *kv, enum config_match field, const char *key)
{
	const char *value = kv_get(kv, key);

	snprintf(identity->match[field], sizeof(identity->match[field]), "%s", value ? value : "");
}

/* The newest "requested" of a session is the one that stays. */
static int identity_event(void *arg, int64_t time_ms, const char *event, const char *text)
{
	struct query_identity *identity = arg;
	char pairs[JOURNAL_LINE_MAX + 1];
	size_t len = strnlen(text, sizeof(pairs) - 1);
	struct kv kv;

	if (strcmp(event, "requested") != 0)
		return 0;
	memcpy(pairs, text, len);
	kv_parse(&kv, pairs, len, ' ');
	identity->time_ms = time_ms;
	for (int field = 0; field < MATCH_COUNT; field++)
		if (field != MATCH_MAC)
			identity_copy(identity, &kv, (enum config_match)field,
			    field == MATCH_CLIENT ? "address"
						  : config_match_name((enum config_match)field));
	/* (the address may be in the form ADDRESS/BITS) */
	identity->match[MATCH_CLIENT][strcspn(identity->match[MATCH_CLIENT], "/")] = '\0';
	return 0;
}

int query_identity(
    struct err *err, struct db *db, const uint8_t mac[6], struct query_identity *identity)
{
	struct session session = {.time_ms = INT64_MAX};
	char id[SESSION_ID_MAX + 1];
	int rc;

	memset(identity, 0, sizeof(*identity));
	memcpy(session.mac, mac, sizeof(session.mac));
	mac_format(mac, identity->match[MATCH_MAC]);
	for (int tries = 0; tries < QUERY_IDENTITY_SESSIONS; tries++) {
		rc = db_session_before(err, db, &session, id);
		if (rc <= 0)
			return rc;
		if (db_events(err, db, id, identity_event, identity) < 0)
			return -1;
		if (identity->time_ms) {
			memcpy(identity->session, id, sizeof(identity->session));
			return 1;
		}
		if (session_parse(err, id, strlen(id), &session))
			return -1;
	}
	return 0;
}

void query_identity_match(const struct query_identity *identity, const char *match[MATCH_COUNT])
{
	for (int field = 0; field < MATCH_COUNT; field++)
		match[field] = identity->match[field];
}
