/* SPDX-License-Identifier: MIT */
/*
 * update: brings the journal and the session files into the index. The collector calls update_step
 * between receiving, a small piece each time; `lastwords reindex` removes index.db and calls it to the
 * end. Both give the same index.
 *
 * On an entry "uploaded" or "died" the session's record is due (update_merge). When the
 * journal has been read to its end for the first time, STATE/sessions is searched once for what the
 * journal may have lost: dumps without "uploaded", and the counts of netconsole.meta.
 */
#ifndef LASTWORDS_STORE_UPDATE_H
#define LASTWORDS_STORE_UPDATE_H

#include "base/err.h"
#include "db.h"
#include "layout.h"
#include "merge.h"

/* UPDATE_NEVER: the record is given up. */
enum update_room { UPDATE_ROOM, UPDATE_LATER, UPDATE_NEVER };

struct update {
	char state[FILE_PATH_MAX];
	struct db *db;
	/* Set after update_open; NULL for none. */
	void (*pruned)(void *arg, const struct journal_entry *entry); /* each "pruned" applied */
	void (*died)(void *arg, const struct journal_entry *entry); /* each "died" applied */
	void (*report)(void *arg, const char *text); /* what went wrong, and was passed over */
	void *arg;
	/*
	 * The vmlinux with debug information of an image, for the decoder: 1 and its path, or 0. NULL: none is decoded.
	 * After a record was made the decoder runs, in the same way; what it cannot do is reported, and no more.
	 */
	int (*vmlinux)(void *arg, const char *image, char path[FILE_PATH_MAX]);
	char decoder[FILE_PATH_MAX]; /* the program */
	/*
	 * Whether the disk has room for a record of so many bytes at most. UPDATE_LATER: no record is made until the next
	 * call of update_merge, and crowded is set. NULL: it has.
	 */
	enum update_room (*room)(void *arg, const char *session, uint64_t bytes);
	int crowded; /* the caller's to reset */
	int again; /* makes records again that are newer than their logs */
	/* Private: the search of STATE/sessions. */
	struct dirent **machines; /* the first machine_left are still to be searched */
	int machine_count, machine_left;
	int scanned;
	struct merge merge; /* merge.program may be set after update_open; the rest is private */
	/* Private: the record that is being made; "" none. */
	char merging[SESSION_ID_MAX + 1];
	int64_t merging_ms;
	int merged, decoding;
};

/* Opens (or makes) the index for writing. 0, or -1: update->db is NULL. */
int update_open(struct err *err, const char *state, struct update *update);
void update_close(struct update *update);

/*
 * Applies at most max journal entries, or searches at most max machines' directories, in one
 * transaction. Returns how many it did, 0 when
 * nothing is left to do, -1 (nothing of the step is kept; see db_broken).
 */
long update_step(struct err *err, struct update *update, int max);

/*
 * One step of making the records that are due, each in a process with limits (merge.h), outside of any
 * transaction. A record's crash then goes into the index: the title from the merged log; by_http, by_pstore,
 * by_netconsole and by_console by which of them has a crash. A session whose logs cannot be merged is reported, as an
 * event too, and passed over. wait: until that record is made. Returns 1 when it did something, 0 when
 * nothing is due or (without wait) one is being made, -1 (see db_broken).
 */
int update_merge(struct err *err, struct update *update, int wait);
/* 1 while a record is being made: update_merge is to be called again soon. */
int update_is_merging(const struct update *update);

#endif
