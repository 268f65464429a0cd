/* SPDX-License-Identifier: MIT */
/* index: the index against the journal and the files; see fsck.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fsck.h"
#include "store/db.h"
#include "store/reindex.h"

struct compare {
	const struct fsck *fsck;
	size_t rows, unknown, uncaptured;
	long crashes;
};

static int session_has(const char *id, const char *name)
{
	char path[FILE_PATH_MAX];

	return fsck_session_path(id, name, path) == 0 && access(path, F_OK) == 0;
}

static int compare_row(void *arg, const struct db_session *row)
{
	struct compare *compare = arg;
	int recorded = fsck_journal_has(compare->fsck, row->id);

	compare->rows += recorded;
	compare->crashes += row->died_ms || row->captured_ms;
	compare->unknown += !recorded && !session_has(row->id, "");
	compare->uncaptured += !row->captured_ms && (session_has(row->id, "dmesg.txt") ||
							session_has(row->id, "pstore-1.txt"));
	return 0;
}

static int skip_entry(void *arg, struct journal_entry *entry)
{
	(void)arg;
	(void)entry;
	return 0;
}

/* A position in the journal is in a file that exists, after a newline. */
static int position_valid(const struct journal_pos *pos)
{
	char path[32], before = '\0';
	int fd, valid;

	if (!pos->file[0] || pos->offset == 0)
		return 1;
	snprintf(path, sizeof(path), "journal/%s", pos->file);
	if (strchr(pos->file, '/') || (fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) < 0)
		return 0;
	valid = pread(fd, &before, 1, pos->offset - 1) == 1 && before == '\n';
	close(fd);
	return valid;
}

/* 0, or -1: what is wrong with it. */
static int index_check(struct err *err, struct fsck *fsck)
{
	struct compare compare = {.fsck = fsck};
	struct db_query query = {.limit = DB_ALL};
	struct db_crash_filter all = {.signature_count = 0};
	struct journal_pos pos;
	struct err ignored;
	struct db *db;
	long behind = 0, merges = 0, crashes;
	int rc = -1;

	if (access("index.db", F_OK) && errno == ENOENT)
		return fsck->session_count ? err_set(err, "missing") : 0;
	db = db_open(err, ".", 0);
	if (!db || db_verify(err, db) || db_get_pos(err, db, &pos))
		goto out;
	if (!position_valid(&pos)) {
		err_set(err, "invalid position in the journal: %s %lld", pos.file,
		    (long long)pos.offset);
		goto out;
	}
	behind = journal_read(&ignored, ".", &pos, skip_entry, NULL);
	if (behind > 0 && fsck->collector)
		rc = 0; /* the collector is bringing it up to date */
	else if (behind > 0)
		err_set(err, "journal lines not read yet: %ld", behind);
	else if (!fsck->collector && (merges = db_merges(err, db)) != 0)
		rc = merges < 0 ? -1 : err_set(err, "records not made yet: %ld", merges);
	else if (db_sessions(err, db, &query, compare_row, &compare) >= 0 &&
		 (crashes = db_crash_count(err, db, &all)) >= 0)
		rc =
		    compare.crashes > crashes
			? err_set(err, "crashes missing: %ld", compare.crashes - crashes)
		    : compare.rows == fsck->session_count && !compare.unknown && !compare.uncaptured
			? 0
			: err_set(err,
			      "sessions missing: %zu, unknown: %zu, without their dump: %zu",
			      fsck->session_count - compare.rows, compare.unknown,
			      compare.uncaptured);
out:
	db_close(db);
	return rc;
}

int fsck_index(struct err *err, struct fsck *fsck)
{
	int wrong = index_check(err, fsck), rc = 1;
	long done;

	if (fsck->repair && (wrong || fsck->reindex))
		rc = reindex_state(&fsck->err, ".", fsck->warn, NULL, &done);
	if (wrong)
		finding_add(fsck, FINDING_INDEX, "index.db", err->msg, rc);
	else if (rc < 0)
		return err_set(err, "%s", fsck->err.msg);
	return 0;
}
