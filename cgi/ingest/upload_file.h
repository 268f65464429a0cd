/* SPDX-License-Identifier: MIT */
/*
 * upload_file: an upload of one session (record/record.h has the names): a temporary file in its
 * directory that is either published whole, behind its durable metadata, or removed.
 *
 * On -1 errno is that of the call that failed.
 */
#ifndef LASTWORDS_CGI_INGEST_UPLOAD_FILE_H
#define LASTWORDS_CGI_INGEST_UPLOAD_FILE_H

#include <nettle/sha2.h>
#include <stdint.h>

#include "base/err.h"
#include "record/record.h"
#include "session/session.h"
#include "store/layout.h"

struct upload_file {
	char dir[FILE_PATH_MAX];
	char temp[64]; /* "" none */
	int fd; /* valid while temp is not "" */
	uint64_t bytes;
	struct sha256_ctx hash;
	char sha256[65]; /* after upload_file_finish */
	char name[32]; /* after upload_file_publish: dmesg.txt … */
};

enum { UPLOAD_NEW = 0, UPLOAD_SAME = 1, UPLOAD_FULL = 2 };

/* The struct must be zeroed. Makes the session's directory where it is missing. */
int upload_file_open(
    struct err *err, struct upload_file *file, const char *state, const struct session *session);
int upload_file_write(struct err *err, struct upload_file *file, const void *bytes, size_t len);
/* All bytes are on disk. */
int upload_file_finish(struct err *err, struct upload_file *file);
/*
 * Gives it the kind's next free name, with meta (len bytes). UPLOAD_NEW; UPLOAD_SAME if these bytes are
 * there already (name is theirs; metadata that is missing is written); UPLOAD_FULL: no place is free; -1.
 */
int upload_file_publish(struct err *err, struct upload_file *file, const struct record_kind *kind,
    const char *meta, size_t len);
/* Removes what was not published. Idempotent. */
void upload_file_close(struct upload_file *file);

#endif
