/* SPDX-License-Identifier: MIT */
/*
 * logfile: the log of one session (or of one sender that has none): lines in, whole lines on disk.
 *
 * Lines are gathered and appended by one write per batch; a batch that does not fit on the disk is
 * taken back, kept (within limits) and tried again. At LOGFILE_SESSION_MAX bytes NAME.log becomes
 * NAME.log.1. Beside it NAME.meta (kv.h), overwritten in place, always LOGFILE_META_SIZE bytes:
 *
 *   session, stream (ADDRESS-PORT, the last that wrote), packets, lines, bytes, lost, truncated,
 *   late, duplicates (absolute counts), dropped (lines that we could not keep), next, usec (where
 *   the stream's sequence is; absent if not known), died (when we said so, ms; 0 not)
 *
 * Not told apart here: who a line is from. It must never block on anything but the disk.
 */
#ifndef COLLECTOR_LOGFILE_H
#define COLLECTOR_LOGFILE_H

#include <stdint.h>

#include "seen.h"
#include "session.h"
#include "state.h"
#include "store.h"
#include "stream.h"

enum {
	LOGFILE_SESSION_MAX = 16 << 20, /* bytes before rotation */
	LOGFILE_APART_MAX = 1 << 20,
	LOGFILE_BATCH = 64 << 10, /* bytes that are written without waiting further */
	LOGFILE_PENDING_MAX = 256 << 10, /* kept for one log while the disk refuses */
	LOGFILE_PENDING_ALL = 64 << 20, /* and for all */
	LOGFILE_FLUSH_MS = 100,
	LOGFILE_RETRY_MS = 1000,
	LOGFILE_TURN = 64, /* logs written in one go, before receiving has its turn */
	LOGFILE_OPEN = 32768, /* descriptors of logs and metas at most, if their limit allows */
	LOGFILE_META_SIZE = 1024,
	LOGFILE_NAME_MAX = 64, /* "ADDRESS-PORT" with its NUL */
	LOGFILE_BUCKETS = 4096,
};

struct logfile {
	char session[SESSION_ID_MAX + 1]; /* "" for a sender without one */
	char name[LOGFILE_NAME_MAX]; /* "netconsole", or ADDRESS-PORT */
	int users; /* how many senders write here */
	struct store_stream counts;
	uint64_t dropped;
	int counts_dirty; /* the index has not been told */
	/* the stream's position, kept for after a restart */
	char stream[LOGFILE_NAME_MAX];
	uint64_t next, usec; /* next STREAM_NO_NEXT: not known */
	int64_t died_ms, title_due; /* 0: not */
	/* below: logfile.c's own */
	int fd, meta_fd; /* meta_fd only while fd is open */
	int64_t size; /* bytes on disk, -1 not looked yet */
	int torn; /* the file does not end in a newline */
	char *pending;
	size_t pending_len, pending_size;
	int64_t pending_since, retry_at;
	uint64_t unwritten; /* lines dropped since the last that was written */
	struct seen seen;
	int filtering;
	uint64_t filter_usec, top_usec; /* NETCONSOLE_NO_TIME: no timed line yet */
	struct logfile *bucket_next, *fd_next, *fd_prev, *dirty_next, *dirty_prev;
	int dirty;
};

struct logfiles {
	char state[STATE_PATH_MAX];
	struct logfile *bucket[LOGFILE_BUCKETS];
	struct logfile fd_list, dirty_list; /* heads */
	size_t fds, fds_max, pending; /* fds: open descriptors, of logs and of metas */
	size_t dirty; /* logs that wait to be written */
	uint64_t write_errors, dropped; /* dropped: lines that could not be kept */
	int full; /* set by the caller: the disk has no room for us; as if it refused */
	struct store_stream
	    all; /* what was counted since the start, for all; lost never goes back */
	struct err last_error;
	/* Called before a log is forgotten, so that the index can be told; may be NULL. */
	void (*closing)(void *arg, const struct logfile *log);
	void *closing_arg;
};

/* Raises the soft limit of descriptors to the hard one; a quarter is left to the rest of the program. */
void logfiles_init(struct logfiles *logs, const char *state);
/* The log of a session (name "netconsole") or, session "", of a sender; its meta is read if there is
 * one. One more user. NULL when out of memory. */
struct logfile *logfile_get(struct logfiles *logs, const char *session, const char *name);
/* One user less; the last writes everything out and forgets it. */
void logfile_put(struct logfiles *logs, struct logfile *log);

/*
 * Adds a line. Returns 1 if it was taken, 0 if the log has it already (see logfile_filter) or it had
 * to be dropped. mark: a line of ours, not the kernel's.
 */
int logfile_line(struct logfiles *logs, struct logfile *log, const char *text, size_t len,
    uint64_t usec, int mark, int64_t now);
/*
 * From here on lines may come that the log has: looks at what is written and leaves them out, until
 * the lines are newer than what was there. Called when a sender joins a log that is not empty.
 */
void logfile_filter(struct logfiles *logs, struct logfile *log, int64_t now);
/* 1 if the log has this line on disk (slow: reads the file the first time). */
int logfile_has(struct logfiles *logs, struct logfile *log, const char *text, size_t len);

/* Bytes of the log with what is still to be written. */
int64_t logfile_size(struct logfiles *logs, struct logfile *log);
/*
 * Takes back everything from offset on: gives each line to got(), then cuts the file there. 0, or
 * -1: the file is as it was (got() may have been called).
 */
int logfile_take_back(struct logfiles *logs, struct logfile *log, int64_t offset, int64_t now,
    void (*got)(void *arg, const char *text, size_t len), void *arg);

/* Moves a stream's counts here. */
void logfile_count(
    struct logfiles *logs, struct logfile *log, struct stream_counts *counts, int64_t now);
/* The files may have been removed: what is open of them is closed, the next line makes new ones. */
void logfile_forget(struct logfiles *logs, const char *session, const char *name);
/* Writes now; also the meta. */
void logfile_flush(struct logfiles *logs, struct logfile *log, int64_t now);
/* Writes what has waited long enough, LOGFILE_TURN logs at most. Returns 0 if nothing waits any
 * more, 1 if something does, 2 if there is more to do at once. */
int logfiles_tick(struct logfiles *logs, int64_t now);
void logfiles_flush(struct logfiles *logs, int64_t now);

#endif
