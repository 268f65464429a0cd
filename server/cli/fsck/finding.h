/* SPDX-License-Identifier: MIT */
/*
 * finding: the kinds of damage, and how each is reported. It searches for nothing and repairs nothing
 * itself: the caller finds the damage, tries the repair and hands over the result.
 */
#ifndef LASTWORDS_CLI_FSCK_FINDING_H
#define LASTWORDS_CLI_FSCK_FINDING_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/file.h"

enum finding {
	FINDING_LEFTOVER,
	FINDING_OLD_INDEX,
	FINDING_MODE,
	FINDING_OWNER,
	FINDING_UNREADABLE,
	FINDING_NO_DIRECTORY,
	FINDING_EMPTY_FILE,
	FINDING_EMPTY_DIRECTORY,
	FINDING_REMOVAL,
	FINDING_NOT_SESSION,
	FINDING_NOT_MACHINE,
	FINDING_NO_KEY,
	FINDING_BAD_KEY,
	FINDING_LINE,
	FINDING_AHEAD,
	FINDING_UNRECORDED,
	FINDING_LOST,
	FINDING_UNNAMED,
	FINDING_ORPHAN,
	FINDING_EMPTY_DUMP,
	FINDING_CHANGED,
	FINDING_NO_DIGEST,
	FINDING_LOG_END,
	FINDING_LOG_ZEROS,
	FINDING_CONSOLE_INDEX,
	FINDING_META,
	FINDING_RECORD_PART,
	FINDING_RECORD_MISMATCH,
	FINDING_RECORD_OLD,
	FINDING_INDEX,
};

/* One run. All paths are relative to STATE, the working directory. */
struct fsck {
	int repair;
	int collector; /* one is running: what it may be writing now is left alone */
	void (*report)(const char *path, const char *text); /* prints one finding */
	void (*warn)(void *arg, const char *text); /* what a library passed over */
	int spool; /* run/lines.* has lines of a killed collector, which its next start appends to the
		    * logs: the ends of the logs are left alone */
	int64_t now_s;
	void *sessions; /* that the journal records (journal.c) */
	size_t session_count;
	int reindex; /* a repair made the index out of date */
	uint64_t found, repaired;
	struct err err; /* of the last repair */
};

/*
 * Counts and reports a finding, after the repair was tried: rc 0 repaired, 1 not tried, -1 failed
 * (fsck->err). detail (may be NULL) is a detail of the problem.
 *
 *	finding_add(fsck, FINDING_MODE, path, NULL, fsck->repair ? mode_repair(fsck, path) : 1);
 */
void finding_add(
    struct fsck *fsck, enum finding what, const char *path, const char *detail, int rc);
/* The same for a file or an empty directory, which is removed. */
void finding_remove(struct fsck *fsck, enum finding what, const char *path);

/* All but "." and "..": a filter for scandir(3). */
struct dirent;
int fsck_is_entry(const struct dirent *entry);
/* "sessions/MAC/ID/NAME"; -1 too long. */
int fsck_session_path(const char *id, const char *name, char path[FILE_PATH_MAX]);

#endif
