/* SPDX-License-Identifier: MIT */
/*
 * linefile: a text file to which whole lines are appended. Each call opens the file and closes it again,
 * so that ten thousand logs need one descriptor. It must not know whose lines they are, and it keeps
 * nothing in memory. Nothing is synced: what was written survives kill -9, not a power cut.
 *
 * Functions return 0, or -1 with err (errno is that of the failed call).
 */
#ifndef COLLECTOR_LOG_LINEFILE_H
#define COLLECTOR_LOG_LINEFILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Appends text (whole lines) to the file at path, which is made if only it is missing, not its directory.
 * All or nothing: after a failed write the file is cut to what it was. A file that ends in half a line
 * gets a newline first. *size is the file's size as far as known (-1: not), and after success its new
 * size; a file that is still as long as known is not looked at.
 */
int linefile_append(struct err *err, const char *path, const char *text, size_t len, int64_t *size);
/* Gives the whole lines from offset to the end to got(), without their newlines. */
int linefile_read(struct err *err, const char *path, int64_t offset,
    void (*got)(void *arg, const char *text, size_t len), void *arg);
/* The file's size in bytes; 0 if there is none. */
int64_t linefile_size(const char *path);
/* The same, but -1 if the file ends in half a line. */
int64_t linefile_whole_size(const char *path);
/* 1 if the file has these bytes at offset. */
int linefile_has(const char *path, int64_t offset, const char *text, size_t len);
/* Cuts the file to size bytes. */
int linefile_cut(struct err *err, const char *path, int64_t size);
/* Overwrites the beginning of a small file in place, making it; a reader sees the old or the new bytes. */
int linefile_overwrite(struct err *err, const char *path, const char *text, size_t len);

#endif
