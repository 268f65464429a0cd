/* SPDX-License-Identifier: MIT */
/*
 * linefile: a text file to which whole lines are appended. Files stay open after a
 * write, as many as RLIMIT_NOFILE allows: opening costs several times what writing does. It must not know whose
 * lines they are, and it keeps no text. Nothing is synced: what was written survives kill -9, not a power
 * cut.
 *
 * Functions return 0, or -1 with err (errno is that of the failed call).
 */
#ifndef COLLECTOR_LOG_LINEFILE_H
#define COLLECTOR_LOG_LINEFILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
	LINEFILE_LIMIT = 65536, /* descriptors, of the whole program */
	LINEFILE_SPARE = 2048, /* of these not for files of lines; of a low limit, a quarter */
	LINEFILE_OPEN_MAX = LINEFILE_LIMIT - LINEFILE_SPARE,
};

struct linefile {
	const char *path; /* the caller's */
	int is_open, fd;
	size_t at; /* its place among the open ones */
	int64_t size; /* bytes; -1 unknown */
};

/* The open ones. */
struct linefiles {
	struct linefile *open[LINEFILE_OPEN_MAX];
	size_t count, max;
	uint32_t random;
};

/* Raises RLIMIT_NOFILE to LINEFILE_LIMIT, or as far as it may: only root may exceed the hard limit. */
void linefiles_raise_limit(void);
void linefiles_init(struct linefiles *files);
void linefile_init(struct linefile *file, const char *path);
/* Its size stays known. Must be called when the file is renamed or removed. */
void linefile_close(struct linefiles *files, struct linefile *file);

/*
 * Appends text (whole lines) to the file, which is made if only it is missing, not its directory.
 * All or nothing: after a failed write the file is cut to what it was. A file that ends in half a line
 * gets a newline first; one that was closed and is still as long as known is not looked at.
 */
int linefile_append(
    struct err *err, struct linefiles *files, struct linefile *file, const char *text, size_t len);
/* Overwrites the beginning of a small file in place, making it; a reader sees the old or the new bytes. It
 * stays open only while no other has to be closed for that: those that are appended to cost more to open. */
int linefile_overwrite(
    struct err *err, struct linefiles *files, struct linefile *file, const char *text, size_t len);
/* Gives the whole lines from offset to the end to got(), without their newlines. */
int linefile_read(struct err *err, const char *path, int64_t offset,
    void (*got)(void *arg, const char *text, size_t len), void *arg);
/* The file's size in bytes; 0 if it is missing. */
int64_t linefile_size(const char *path);
/* The same, but -1 if the file ends in half a line. */
int64_t linefile_whole_size(const char *path);
/* 1 if the file has these bytes at offset. */
int linefile_has(const char *path, int64_t offset, const char *text, size_t len);
/* Cuts the file to size bytes. */
int linefile_cut(struct err *err, const char *path, int64_t size);

#endif
