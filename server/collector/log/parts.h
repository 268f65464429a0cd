/* SPDX-License-Identifier: MIT */
/*
 * parts: what the files of logfile (logfile.h) need of each other; nobody else's.
 *
 *   logfile         the logs and which of them have news, or wait to be written
 *   logfile_line    lines and counts in, to memory
 *   logfile_turn    when which log is written
 *   logfile_file    descriptors, rotation, writing
 *   logfile_meta    NAME.meta
 *   logfile_seen    what the file has already, read back
 *   logfile_recover what a killed collector left in the spool
 *
 * int functions: 0, or -1 with err.
 */
#ifndef COLLECTOR_LOGFILE_PARTS_H
#define COLLECTOR_LOGFILE_PARTS_H

#include "logfile.h"

/* There are news of it: now of this turn, and it waits to be written. The dirty list is in the order
 * of pending_since: what is due comes first. */
void logfile_mark_dirty(struct logfiles *logs, struct logfile *log, int64_t now);
/* It is written. */
void logfile_mark_clean(struct logfiles *logs, struct logfile *log);
/* Its news of this turn are dealt with. */
void logfile_unmark_fresh(struct logfiles *logs, struct logfile *log);

/* A line to what waits to be written. -1: no room. */
int logfile_append(
    struct logfiles *logs, struct logfile *log, const char *text, size_t len, int64_t now);

/* The path of the log's name with suffix (".log"); create: the session's directory, too. */
int logfile_path(struct logfiles *logs, const struct logfile *log, const char *suffix, int create,
    struct err *err, char path[FILE_PATH_MAX]);
/* Its descriptor is there afterwards, and is the last that is closed for want of descriptors; size,
 * inode and torn are known. create: the file is made if it is not there. */
int logfile_open(struct logfiles *logs, struct logfile *log, int create, struct err *err);
/* Both its descriptors. */
void logfile_close(struct logfiles *logs, struct logfile *log);

/* Leaves the log as it is where there is no meta, or one that cannot be read. */
void logfile_read_meta(struct logfiles *logs, struct logfile *log);
int logfile_write_meta(struct logfiles *logs, struct logfile *log, struct err *err);

#endif
