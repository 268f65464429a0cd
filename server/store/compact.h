/* SPDX-License-Identifier: MIT */
/*
 * compact: removes the entries of pruned sessions from old journal files. A file is rewritten only
 * when all of these hold, so that no reader's position in it becomes wrong and no writer can still
 * append to it:
 *   - its month ended more than a day ago, and there is a newer file;
 *   - the index has read past it, and so has the hook (STATE/hook.pos), if there is one;
 *   - its month ended before unsent_ms: a central database has all that is older (INT64_MAX: none waits for it);
 *   - at least a twentieth of it can go.
 * Removed are: a session's lines before its last "pruned" line; lines of no session older than age_ms
 * (0: never); "pruned" lines older than JOURNAL_PRUNED_MS. A file that would be empty is removed. Invalid
 * lines stay, and "triage", which people wrote.
 */
#ifndef LASTWORDS_STORE_COMPACT_H
#define LASTWORDS_STORE_COMPACT_H

#include <stdint.h>

#include "base/err.h"

#define JOURNAL_PRUNED_MS (400LL * 86400 * 1000)

struct journal_compacted {
	unsigned int files;
	uint64_t lines, bytes; /* removed */
};

/* dry_run: only counts. Without an index it does nothing. 0/-1. */
int journal_compact(struct err *err, const char *state, int64_t age_ms, int64_t unsent_ms,
    int64_t now_ms, int dry_run, struct journal_compacted *done);

#endif
