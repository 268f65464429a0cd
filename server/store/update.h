/* SPDX-License-Identifier: MIT */
/*
 * update: brings the journal and the session files into the index. The collector calls update_step
 * between receiving, a small piece each time; `lastwords reindex` removes index.db and calls it to the
 * end. Both give the same index.
 *
 * On an entry "uploaded" or "died" the session's logs are read and its record is written. When the
 * journal has been read to its end for the first time, STATE/sessions is searched once for what the
 * journal may have lost: dumps without "uploaded", and the counts of netconsole.meta.
 */
#ifndef LASTWORDS_STORE_UPDATE_H
#define LASTWORDS_STORE_UPDATE_H

#include "base/err.h"
#include "db.h"
#include "layout.h"

struct update {
	char state[FILE_PATH_MAX];
	struct db *db;
	/* Set after update_open; NULL for none. */
	void (*pruned)(void *arg, const struct journal_entry *entry); /* each "pruned" applied */
	void (*report)(void *arg, const char *text); /* what went wrong, and was passed over */
	void *arg;
	/* Private: the search of STATE/sessions. */
	struct dirent **machines; /* the first machine_left are still to be searched */
	int machine_count, machine_left;
	int scanned;
};

/* Opens (or makes) the index for writing. 0, or -1: update->db is NULL. */
int update_open(struct err *err, const char *state, struct update *update);
void update_close(struct update *update);

/*
 * Applies at most max journal entries, or searches at most max machines' directories, in one
 * transaction. A step also ends after an entry whose logs were read. Returns how many it did, 0 when
 * nothing is left to do, -1 (nothing of the step is kept; see db_broken).
 */
long update_step(struct err *err, struct update *update, int max);

/*
 * Reads the logs of one session again, writes its record (record/record.h) and puts its crash into the
 * index: the title from the merged log; by_http, by_pstore and by_netconsole by which of them has a
 * crash; time_ms is when it became known. A log that cannot be read, or a record that cannot be
 * written, is reported and passed over: it can be made again. Call it inside a transaction. 0/-1.
 */
int update_report(struct err *err, struct update *update, const char *session, int64_t time_ms);

#endif
