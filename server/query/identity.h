/* SPDX-License-Identifier: MIT */
/*
 * identity: what a machine last reported of itself, from the newest "requested" event that the index has of it:
 * what its next boot request will most likely say, and so what rules are tried with by `lastwords explain`
 * and the pages. The event has the first 64 bytes of each field (store/journal.h): a rule that depends on
 * what follows them is judged wrong. It must not read a request.
 */
#ifndef LASTWORDS_QUERY_IDENTITY_H
#define LASTWORDS_QUERY_IDENTITY_H

#include <stdint.h>

#include "base/err.h"
#include "config/config.h"
#include "store/db.h"

enum { QUERY_IDENTITY_MAX = 128 }; /* bytes of one field, as in a boot request */

struct query_identity {
	/* by enum config_match; "" unknown. MATCH_MAC is always set, 52:54:00:a1:b2:c3 */
	char match[MATCH_COUNT][QUERY_IDENTITY_MAX + 1];
	char session[SESSION_ID_MAX + 1]; /* that it is from; "" none */
	int64_t time_ms; /* of the request; 0 none */
};

/*
 * Fills *identity for a machine. Sessions without a "requested" event (opened by the machine itself, or only
 * known by an upload) are passed over, at most QUERY_IDENTITY_SESSIONS of them. 1 found, 0 nothing known
 * (only MATCH_MAC is set), -1.
 */
enum { QUERY_IDENTITY_SESSIONS = 20 };
int query_identity(
    struct err *err, struct db *db, const uint8_t mac[6], struct query_identity *identity);

/* Points match[] to the fields, "" included, as config_choose and config_mismatch take them. */
void query_identity_match(const struct query_identity *identity, const char *match[MATCH_COUNT]);

#endif
