/* SPDX-License-Identifier: MIT */
/*
 * update: brings the journal and the session files into the store. The collector steps it in small
 * pieces between receiving; `lastwords reindex` removes index.db and steps it to the end. Both end
 * with the same index.
 *
 * An entry "uploaded" or "died" also has its log read and titled. When the journal has been read to
 * its end for the first time, STATE/sessions is searched once for what the journal does not tell
 * (its line was lost): dumps without "uploaded", and the counts of netconsole.meta.
 */
#ifndef LASTWORDS_STORE_UPDATE_H
#define LASTWORDS_STORE_UPDATE_H

#include "base/err.h"
#include "db.h"
#include "layout.h"

struct update {
	char state[FILE_PATH_MAX];
	struct db *db;
	char **machines; /* still to be searched, newest last; NULL before the search */
	size_t machine_count;
	int scanned;
	/* Set after update_open; NULL for none. */
	void (*pruned)(void *arg, const struct journal_entry *entry); /* each "pruned" applied */
	void (*report)(void *arg, const char *text); /* what went wrong, and was passed over */
	void *arg;
};

/* Opens (or makes) the store for writing. -1: index->store is NULL. */
int update_open(struct err *err, const char *state, struct update *update);
void update_close(struct update *update);

/*
 * Applies at most max journal entries, or searches at most max machines' directories, in one
 * transaction. A step ends early behind an entry that had a log read. Returns how many it did, 0
 * when there is nothing left to do, -1 (nothing of the step is kept; see db_broken).
 */
long update_step(struct err *err, struct update *update, int max);

/*
 * Reads the logs of one session again, writes its record (record.h) and puts what it tells: the title
 * from the merged log; by_http, by_pstore and by_netconsole by which of them has a crash. time_ms is when we
 * learned of it. A record that cannot be written is said on stderr, no more: it is made from the
 * other files. Must be called inside a transaction. 0/-1.
 */
int update_report(struct err *err, struct update *update, const char *session, int64_t time_ms);

#endif
