/* SPDX-License-Identifier: MIT */
/* look: what the parts of fsck that look at one session's files share; see fsck.h. */
#ifndef LASTWORDS_CLI_FSCK_LOOK_H
#define LASTWORDS_CLI_FSCK_LOOK_H

#include <time.h>

#include "fsck.h"

enum { FSCK_META_MAX = 8192 }; /* bytes of a metadata file */

/* One session (or one machine's pstore) and what was found of it so far. */
struct fsck_look {
	struct fsck *fsck;
	const struct session *session; /* NULL: pstore */
	const char *dir; /* relative to STATE */
	char full[FILE_PATH_MAX]; /* of dir */
	struct timespec newest; /* of the channels */
	int dumps;
};

/* 0 and *st if dir has name and it is a regular file; else not 0. */
int fsck_look_stat(const struct fsck_look *look, const char *name, struct stat *st);
/* dir/name, relative to STATE as fsck_tell wants it; "" too long. */
void fsck_look_path(const struct fsck_look *look, const char *name, char path[FILE_PATH_MAX]);
/* A channel of this age: the record must not be older. */
void fsck_look_newer(struct fsck_look *look, const struct stat *st);

/* dump.c: dumps and their metadata, 1 to RECORD_UPLOADS_MAX. */
void fsck_dump(struct fsck_look *look, int number);

#endif
