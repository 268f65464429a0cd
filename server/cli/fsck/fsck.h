/* SPDX-License-Identifier: MIT */
/*
 * fsck: finds and repairs what a power cut, a full disk or kill -9 can leave in STATE. A repair never
 * removes what was acknowledged: torn lines of the journal are kept in journal/torn.txt, a dump that
 * changed stays and its metadata records it. Safe next to a running server. The files, each using only
 * those below it:
 *
 *   fsck.c      the walk: temporary files, unfinished removals, modes, what is empty
 *   owner.c     files that root wrote
 *   index.c     the index
 *   session.c   the files of one session
 *   console.c   console logs
 *   journal.c   torn lines; dumps that are not recorded, and the reverse
 *   temp.c      the names of temporary files
 *   finding.c   the table of the kinds of damage
 */
#ifndef LASTWORDS_CLI_FSCK_H
#define LASTWORDS_CLI_FSCK_H

#include <sys/stat.h>

#include "finding.h"

enum { FSCK_BUSY_S = 60 }; /* a running collector may still be working on what is newer */

/* Makes STATE the working directory and does all but fsck_owner. 0, or -1: it could not be done. */
int fsck_run(struct err *err, struct fsck *fsck, const char *state);
/*
 * As root, before it becomes another user: everything in STATE must belong to uid; gid is its group. Made
 * for directories that another user may change meanwhile: every step is from an open directory to a name
 * in it, and no link is followed.
 */
void fsck_owner(struct fsck *fsck, const char *state, uid_t uid, gid_t gid);

/* The index that is damaged, behind, or differs from the files; after all other repairs. 0/-1. */
int fsck_index(struct err *err, struct fsck *fsck);

/*
 * dir is "sessions/MAC/ID", id the session's or NULL for a machine's pstore. A dump is never changed, and
 * removed only where it is empty.
 */
void fsck_session(struct fsck *fsck, const char *id, const char *dir);

/* The console logs of dir, and their indexes of times: zeros at the end; entries that do not match. */
void fsck_console(struct fsck *fsck, const char *dir);

/* Reads the journal, repairs its lines and keeps what it records; free with fsck_journal_free. 0/-1. */
int fsck_journal(struct err *err, struct fsck *fsck);
void fsck_journal_free(struct fsck *fsck);
/* 1 if it records the session, and has no removal of it. */
int fsck_journal_has(const struct fsck *fsck, const char *session);
/* A session's dump that it does not record: the NUMBERth upload, at path. */
void fsck_journal_dump(
    struct fsck *fsck, const char *session, int number, const char *path, const struct stat *st);
/* The reverse: dumps that it records and that are missing. */
void fsck_journal_lost(struct fsck *fsck);

/* 1 if a file of this name is written under it and renamed when it is complete. */
int temp_is(const char *name);
enum temp_writer { TEMP_UNKNOWN, TEMP_DEAD, TEMP_ALIVE };
/* The process that a temporary file is named after: "….PID", ".upload-PID-N". */
enum temp_writer temp_writer(const char *name);

#endif
