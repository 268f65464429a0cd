/* SPDX-License-Identifier: MIT */
/*
 * logfile: the log of one session, or of one sender that has none: lines in, whole lines on disk.
 *
 * At the end of each turn of the collector's loop (logfiles_turn) its lines are on disk, so that kill -9
 * costs no more than one turn: the lines of a few logs are appended to each; those of many logs go to
 * the spool (spool.h) by one write, and to each log within LOGFILE_LAG_MS, together with what came for it
 * meanwhile. logfiles_recover moves what a killed collector left in the spool to the logs. Lines that
 * may still move to another log (logfile_set_direct) do not go to the spool. What the disk refuses is
 * kept (within limits) and tried again every LOGFILE_RETRY_MS. With the lines, NAME.meta (meta.h) is
 * written.
 *
 * At LOGFILE_MAX bytes a log is renamed (part.h), and a new one begins. What strangers send may not cost others: the
 * lines of senders without a session, and of new machines (boot/known.h), are not written once the disk is tight, and
 * wait in half of the memory for waiting lines.
 *
 * It must not decide which sender a line is from, nor wait for anything but the disk. Times are
 * milliseconds of the monotonic clock.
 */
#ifndef COLLECTOR_LOG_LOGFILE_H
#define COLLECTOR_LOG_LOGFILE_H

#include <stdint.h>

#include "collector/wire/stream.h"
#include "meta.h"
#include "session/session.h"
#include "store/db.h"

enum {
	LOGFILE_MAX = 16 << 20, /* bytes before rotation */
	LOGFILE_PENDING_MAX = 256 << 10, /* bytes kept for one log while the disk refuses */
	LOGFILE_PENDING_ALL = 64 << 20, /* and for all logs */
	LOGFILE_FEW =
	    32, /* logs with news that are written at the end of the turn, without the spool */
	LOGFILE_FLUSH_MS = 100, /* lines that the spool does not take wait this long at most */
	LOGFILE_LAG_MS = 5000, /* those in the spool: this long at most, if many logs wait, */
	LOGFILE_LAG_LOGS = 2, /* of which as many are written in a millisecond */
	LOGFILE_SPOOLED_MAX = 4096, /* bytes of one log in the spool; with more it is written */
	LOGFILE_RETRY_MS = 1000,
	LOGFILE_TURN = 64, /* logs written in one tick, before receiving has its turn */
	LOGFILE_NAME_MAX = META_STREAM_MAX,
};

struct logfile;
struct logfiles;

/* Since the start, for all logs. */
struct logfiles_counts {
	struct db_stream lines; /* lost is not reduced by records that arrive later */
	uint64_t write_errors;
	uint64_t dropped; /* lines that could not be kept */
};

/* NULL when out of memory. closing(arg, log) is called before a log is forgotten, so that its last
 * counts can be saved; it may be NULL. */
struct logfiles *logfiles_new(
    const char *state, void (*closing)(void *arg, struct logfile *log), void *arg);
/* Every log must have been put. Empties the spool if all is written. */
void logfiles_free(struct logfiles *logs);
/* Opens the spool and appends its lines to the logs; *lines is how many. 0, or -1: there is no spool, and
 * logs are written without it; whatever was in it stays there. */
int logfiles_recover(struct err *err, struct logfiles *logs, int64_t now, uint64_t *lines);
const struct logfiles_counts *logfiles_counts(const struct logfiles *logs);
/* The error of the last failed write. */
const struct err *logfiles_error(const struct logfiles *logs);
/* What room the disk has. What may not be written waits, as if the disk refused. */
enum logfiles_disk {
	LOGFILES_ROOM,
	LOGFILES_TIGHT, /* only for the logs of known machines */
	LOGFILES_FULL, /* for nothing */
};
void logfiles_set_disk(struct logfiles *logs, enum logfiles_disk disk);
enum logfiles_disk logfiles_disk(const struct logfiles *logs);
/* At the end of a turn: its lines go to the logs or to the spool. */
void logfiles_turn(struct logfiles *logs, int64_t now);
/* Writes what has waited long enough, LOGFILE_TURN logs at most. Returns 0 if nothing waits any
 * more, 1 if something does, 2 if there is more to do at once. */
int logfiles_tick(struct logfiles *logs, int64_t now);
/* Writes everything that waits. */
void logfiles_flush(struct logfiles *logs, int64_t now);
/* Calls got() for each session's log. */
void logfiles_each(struct logfiles *logs, void (*got)(void *arg, struct logfile *log), void *arg);
/* The files of this log may have been removed: what is known of them is forgotten. */
void logfiles_forget(struct logfiles *logs, const char *session, const char *name);

/* The log of a session (name "netconsole") or, session "", of a sender; its meta is read if there is
 * one. One more user. NULL: out of memory, or the path is too long. */
struct logfile *logfile_get(struct logfiles *logs, const char *session, const char *name);
/* One user less; the last writes everything out and forgets it. */
void logfile_put(struct logfile *log);
void logfile_hold(struct logfile *log); /* one user more */

const char *logfile_session(const struct logfile *log); /* "" for a sender without one */
const char *logfile_name(const struct logfile *log);
/* Its lines may be taken back: the spool must not have them. */
void logfile_set_direct(struct logfile *log);

/* Hints (prefetch.h) that a line comes: the log (step 0), then what depends on that (step 1). */
void logfile_prefetch(const struct logfile *log, int step);
/* Adds a line. 1 if it was taken, 0 if the log has it already (see logfile_filter) or had to drop it. */
int logfile_add(struct logfile *log, const struct stream_line *line, int64_t now);
/*
 * A sender joins the log and may send lines that the log has already: these are dropped, until lines come
 * that are newer than all there were.
 */
void logfile_filter(struct logfile *log, int64_t now);
/* 1 if the log has this line on disk (slow: reads the file the first time). */
int logfile_has(struct logfile *log, const char *text, size_t len);
/* Bytes of the log, with those that still wait to be written. */
int64_t logfile_size(struct logfile *log);
/* Writes what waits, and the meta, now. */
void logfile_flush(struct logfile *log, int64_t now);
/*
 * Takes back everything from offset on: gives each line to got(), then cuts the file there. 0, or
 * -1: the file is as it was (got() may have been called).
 */
int logfile_take_back(struct logfile *log, int64_t offset, int64_t now,
    void (*got)(void *arg, const char *text, size_t len), void *arg);

/* Moves a stream's counts here. */
void logfile_count(struct logfile *log, struct stream_counts *counts, int64_t now);
/* Where the stream is that writes here now: its name, and its next record or STREAM_NO_NEXT. writer is only
 * compared: the name is copied when it changes. */
void logfile_set_position(
    struct logfile *log, const void *writer, const char *stream, uint64_t next);
/* Its counts and the like, for the caller to read and to set; they are written with the next lines. */
struct meta *logfile_meta(struct logfile *log);
/* When the log of a crash is to be read for its report; 0: not. */
int64_t logfile_report_due(const struct logfile *log);
void logfile_set_report_due(struct logfile *log, int64_t due);
/* 1 if the log has changed since logfile_set_indexed(). */
int logfile_has_news(const struct logfile *log);
void logfile_set_indexed(struct logfile *log);

#endif
