/* SPDX-License-Identifier: MIT */
/*
 * compact: takes out of old journal files what is told of sessions that were pruned. A file is
 * written anew only when all of these hold, so that nobody's place in it can be wrong and nobody
 * can still append to it:
 *   - its month ended more than a day ago and there is a newer file;
 *   - the index has read beyond it, and so has the hook (STATE/hook.pos), if there is one;
 *   - a twentieth of it, or more, can go.
 * What goes: the lines of a session that stand before its last "pruned" line; lines of no session
 * older than age_ms (0: never); and "pruned" lines after JOURNAL_PRUNED_MS. A file of which nothing
 * is left is removed. Lines that cannot be read stay.
 */
#ifndef LASTWORDS_STORE_COMPACT_H
#define LASTWORDS_STORE_COMPACT_H

#include <stdint.h>

#include "base/err.h"

#define JOURNAL_PRUNED_MS (400LL * 86400 * 1000)

struct journal_compacted {
	unsigned int files;
	uint64_t lines, bytes; /* that went */
};

/* dry_run: counts only. 0/-1; without an index nothing is done, and that is no error. */
int journal_compact(struct err *err, const char *state, int64_t age_ms, int64_t now_ms, int dry_run,
    struct journal_compacted *done);

#endif
