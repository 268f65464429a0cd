/* SPDX-License-Identifier: MIT */
/*
 * fsck: what a power cut, a full disk or kill -9 can leave in STATE, found and mended. One line for each
 * finding: what it is and how it is mended.
 *
 *   fsck.c          the walk: temporary files, unfinished removals, modes, what is empty
 *   owner.c    what root has written, given to the server
 *   journal.c  torn lines; dumps that the journal does not tell of, and the reverse
 *   session.c  the files of one session: netconsole's logs, the record
 *   dump.c     its dumps and their metadata
 *   index.c    an index that is damaged, behind, or knows something else than the files
 *
 * Mending never removes what was acknowledged: torn lines of the journal are kept in journal/torn.txt, a
 * dump that is not what it was stays and its metadata says so. Safe beside a running server; what
 * the collector may be writing just then is left alone.
 */
#ifndef LASTWORDS_CLI_FSCK_H
#define LASTWORDS_CLI_FSCK_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/err.h"
#include "session/session.h"
#include "store/layout.h"

enum {
	FSCK_OLD_S = 3600, /* no writer takes that long */
	FSCK_BUSY_S = 60, /* what changed since may be the collector's work, if it runs */
	FSCK_FILE_MAX = 32,
};

enum fsck_kind { FSCK_SEEN, FSCK_UPLOADED, FSCK_LOST, FSCK_PRUNED };

/* What the journal says of one session, in its order. */
struct fsck_word {
	char session[SESSION_ID_MAX + 1];
	char file[FSCK_FILE_MAX]; /* of uploaded and lost */
	size_t order;
	enum fsck_kind kind;
};

struct fsck {
	const char *state;
	int mend;
	int collector; /* it runs */
	int spool; /* lines of a collector that was killed wait in run/lines.*: its next start puts them
		    * where the logs end, so their ends are left as they are */
	int64_t now_s;
	uint64_t found, mended;
	int reindex; /* the index has to be made again for what was mended */
	struct fsck_word *words; /* sorted by session and order; FSCK_SEEN, FSCK_UPLOADED only:
				  * what was pruned or told as lost is taken out */
	size_t count, room;
};

/*
 * One finding, after the try: rc 0 mended, 1 not tried, -1 it failed (err). mend NULL: nothing can be
 * done about it here. path is relative to STATE.
 */
void fsck_tell(struct fsck *fsck, const char *path, const char *what, const char *mend, int rc,
    const struct err *err);
/* As fsck_tell for a file (or an empty directory) that goes. */
void fsck_remove(struct fsck *fsck, const char *path, const char *what);
/* Whether the writer that a temporary file is named after ("….PID", ".upload-PID-N") may live; 0 also if
 * it is named after none. */
int fsck_writer(const char *name);
/* "sessions/MAC/ID/NAME", without /NAME where that is ""; -1 too long. */
int fsck_session_path(const char *id, const char *name, char path[FILE_PATH_MAX]);
/* STATE/PATH; -1 too long. */
int fsck_path(const struct fsck *fsck, const char *path, char full[FILE_PATH_MAX]);

/* All of it. 0, or -1: it could not be done at all. Free words with fsck_free. */
int fsck_run(struct err *err, struct fsck *fsck);
void fsck_free(struct fsck *fsck);
/* owner.c, as root only: everything belongs to the owner of STATE. */
void fsck_owner(struct fsck *fsck, uid_t uid, gid_t gid);

/* --- parts --- */
int fsck_journal_read(struct err *err, struct fsck *fsck);
/* A dump file of a session (path relative to STATE) that the journal does not tell of is told in it. */
void fsck_journal_dump(struct fsck *fsck, const struct session *session, const char *path,
    const char *file, const struct stat *st);
/* The reverse: what the journal tells of and is not there. */
void fsck_journal_lost(struct fsck *fsck);
/* dir is "sessions/MAC/ID"; session NULL for pstore. */
void fsck_session(struct fsck *fsck, const struct session *session, const char *dir);
int fsck_index(struct err *err, struct fsck *fsck);

#endif
