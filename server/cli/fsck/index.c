/* SPDX-License-Identifier: MIT */
/* index: the index against journal and files; see fsck.h. Mending is making it again. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/reindex.h"
#include "fsck.h"
#include "store/db.h"
#include "store/journal.h"

struct compare {
	const struct fsck *fsck;
	size_t rows, strange, uncaptured;
};

static int compare_word(const void *key, const void *item)
{
	return strcmp(key, ((const struct fsck_word *)item)->session);
}

/* Whether a session has the file; name "": its directory. */
static int compare_there(const struct fsck *fsck, const char *id, const char *name)
{
	char path[FILE_PATH_MAX], full[FILE_PATH_MAX];

	return fsck_session_path(id, name, path) == 0 && fsck_path(fsck, path, full) == 0 &&
	       access(full, F_OK) == 0;
}

static int compare_row(void *arg, const struct db_session *row)
{
	struct compare *compare = arg;
	const struct fsck *fsck = compare->fsck;
	int known = fsck->count &&
		    bsearch(row->id, fsck->words, fsck->count, sizeof(*fsck->words), compare_word);

	compare->rows += known;
	compare->strange += !known && !compare_there(fsck, row->id, "");
	compare->uncaptured += !row->captured_ms && compare_there(fsck, row->id, "dmesg.txt");
	return 0;
}

static int compare_count(void *arg, struct journal_entry *entry)
{
	(void)arg;
	(void)entry;
	return 0;
}

/* The place in the journal is one: in a file that is there, behind a newline. */
static int update_place_ok(const struct fsck *fsck, const struct journal_pos *pos)
{
	char path[FILE_PATH_MAX], full[FILE_PATH_MAX], before = '\0';
	int fd, good;

	if (!pos->file[0] || pos->offset == 0)
		return 1;
	if (strchr(pos->file, '/') ||
	    snprintf(path, sizeof(path), "journal/%s", pos->file) >= (int)sizeof(path) ||
	    fsck_path(fsck, path, full) || (fd = open(full, O_RDONLY | O_CLOEXEC)) < 0)
		return 0;
	good = pread(fd, &before, 1, pos->offset - 1) == 1 && before == '\n';
	close(fd);
	return good;
}

static size_t update_sessions(const struct fsck *fsck)
{
	size_t count = 0;

	for (size_t i = 0; i < fsck->count; i++)
		count += i == 0 || strcmp(fsck->words[i].session, fsck->words[i - 1].session) != 0;
	return count;
}

/* What is wrong with it, in what; 0 nothing, 1 something, -1 it cannot be told now. */
static int update_fault(struct fsck *fsck, struct db *db, char *what, size_t size)
{
	struct compare compare = {.fsck = fsck};
	struct db_query query = {.limit = DB_ALL};
	struct journal_pos pos;
	struct err err;
	size_t sessions;
	long behind;

	if (db_verify(&err, db) || db_get_pos(&err, db, &pos)) {
		snprintf(what, size, "%.200s", err.msg);
		return 1;
	}
	if (!update_place_ok(fsck, &pos)) {
		snprintf(what, size, "its place in the journal (%s, %lld) is none", pos.file,
		    (long long)pos.offset);
		return 1;
	}
	behind = journal_read(&err, fsck->state, &pos, compare_count, NULL);
	if (behind > 0 && fsck->collector)
		return -1;
	if (behind > 0) {
		snprintf(what, size, "%ld lines of the journal behind", behind);
		return 1;
	}
	if (db_sessions(&err, db, &query, compare_row, &compare) < 0) {
		snprintf(what, size, "%.200s", err.msg);
		return 1;
	}
	sessions = update_sessions(fsck);
	if (compare.rows == sessions && !compare.strange && !compare.uncaptured)
		return 0;
	snprintf(what, size,
	    "out of step: %zu sessions of the journal are missing, %zu are of nowhere, %zu lack "
	    "their "
	    "dump",
	    sessions > compare.rows ? sessions - compare.rows : 0, compare.strange,
	    compare.uncaptured);
	return 1;
}

int fsck_index(struct err *err, struct fsck *fsck)
{
	char path[FILE_PATH_MAX], what[300] = "";
	struct db *db;
	struct err trouble;
	long done;
	int fault, rc = 1;

	if (fsck_path(fsck, "index.db", path))
		return err_set(err, "path too long");
	if (access(path, F_OK) && errno == ENOENT) {
		fault = fsck->count > 0;
		snprintf(what, sizeof(what), "missing");
	} else {
		db = db_open(&trouble, fsck->state, 0);
		snprintf(what, sizeof(what), "%.200s", trouble.msg);
		fault = db ? update_fault(fsck, db, what, sizeof(what)) : 1;
		db_close(db);
	}
	if (fault <= 0 && !fsck->reindex)
		return 0;
	if (fsck->mend)
		rc = reindex_state(&trouble, fsck->state, 1, &done);
	if (fault > 0)
		fsck_tell(fsck, "index.db", what, "made again", rc, &trouble);
	else if (rc)
		return err_set(err, "%s", trouble.msg);
	return 0;
}
