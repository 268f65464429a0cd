/* SPDX-License-Identifier: MIT */
/*
 * quota: how many journal lines requests may cost. Anyone can make up a request, so that without a limit
 * strangers could fill the journal and the index.
 *
 * In one hour a machine gets QUOTA_MACHINE lines for boot requests, and as many for callbacks, which need a token. A
 * line may have a reason, as refusals have: then it is not written when the last line of that hour with a reason had
 * the same.
 * Strangers are machines of which the server has no logs and for which nothing is set. All of them
 * together get QUOTA_STRANGERS lines for boot requests and as many for callbacks in one day (UTC): 16 MB
 * of journal and index at most. What is left out of theirs is counted, and reported on a later day.
 * Newcomers are the other new machines (known.h): a stranger becomes one by a single upload or line. All of them
 * together get QUOTA_NEWCOMERS units of QUOTA_UNIT bytes of lines in one day: 40 MB of journal and index.
 *
 * STATE/quota.table (table.h): the key is the MAC, a zero, and 1 for callbacks or 0; for all strangers zeroes and a 1,
 * or a 2 for their callbacks; for newcomers a 3. Written without a lock: a few lines more than the limit are possible.
 */
#ifndef LASTWORDS_BOOT_QUOTA_H
#define LASTWORDS_BOOT_QUOTA_H

#include <stdint.h>

#include "base/err.h"
#include "table.h"

enum {
	QUOTA_MACHINE = 1000,
	QUOTA_STRANGERS = 4096,
	QUOTA_NEWCOMERS = 65000,
	QUOTA_UNIT = 256,
};

extern const struct table_kind quota_file;

struct quota_ask {
	uint8_t mac[6]; /* zeroes: no machine */
	int stranger, newcomer; /* at most one of them */
	int callback;
	size_t bytes; /* the line's, about */
	const char *reason; /* of a refusal, or of what was repeated; NULL: each line counts */
	int64_t now_ms;
};

/*
 * 1 if the line may be written, which is counted, or if there is no table; 0 if not; -1 if the table
 * cannot be read or written. *left_out: how many lines of strangers or newcomers an earlier day had left out, to
 * be reported now; else 0.
 */
int quota_take(
    struct err *err, const struct table *table, const struct quota_ask *ask, uint32_t *left_out);

#endif
