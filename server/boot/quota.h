/* SPDX-License-Identifier: MIT */
/*
 * quota: how many journal lines requests may cost. Anyone can make one up, so without a limit they would
 * fill the journal and the index.
 *
 * In one hour a machine gets one "refused" line for each reason and QUOTA_MACHINE lines in all.
 * Strangers (machines of which the server has nothing stored and for which nobody has set anything)
 * together get QUOTA_STRANGERS for boot requests and as many for callbacks in one day (UTC), some 16 MB of journal and index at most. What is left
 * out of theirs is counted, and reported on a later day.
 *
 * STATE/quota.table (table.h), the key is the MAC and two zeroes, or zeroes and a 1 (2: callbacks) for all strangers.
 * Written without a lock: a few lines more than the limit are possible.
 */
#ifndef LASTWORDS_BOOT_QUOTA_H
#define LASTWORDS_BOOT_QUOTA_H

#include <stdint.h>

#include "base/err.h"
#include "table.h"

enum { QUOTA_MACHINE = 1000, QUOTA_STRANGERS = 4096 };

extern const struct table_kind quota_file;

struct quota_ask {
	uint8_t mac[6]; /* zeroes: no machine */
	int stranger, callback;
	const char *refused; /* the reason; NULL for a line of a session */
	int64_t now_ms;
};

/*
 * 1 if the line may be written, which is counted, or if there is no table; 0 if not; -1 if the table
 * cannot be read or written. *left_out: how many lines of strangers an earlier day had left out, to be reported now; else 0.
 */
int quota_take(
    struct err *err, const struct table *table, const struct quota_ask *ask, uint32_t *left_out);

#endif
