/* SPDX-License-Identifier: MIT */
/*
 * logfile: the log of one session (or of one sender that has none): lines in, whole lines on disk.
 *
 * Lines are gathered for one turn of the collector's loop (logfiles_turn) and then written: kill -9
 * takes no more than the turn's. Where the turn has lines of a few logs, each is appended to its log by
 * one write; where of many, all go to the spool (spool.h) by one write, and to each log within
 * LOGFILE_LAG_MS, with what came for it meanwhile. logfiles_open brings what a killed collector left in
 * the spool to its logs. A log that somebody will look at soon, or whose lines are not sure to stay,
 * does not go by the spool: after a death, and when direct is set. A batch that does not fit on the
 * disk is taken back, kept (within limits) and tried again. At LOGFILE_SESSION_MAX bytes NAME.log becomes
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

#include "collector/wire/stream.h"
#include "seen.h"
#include "session/session.h"
#include "spool.h"
#include "store/db.h"
#include "store/layout.h"

enum {
	LOGFILE_SESSION_MAX = 16 << 20, /* bytes before rotation */
	LOGFILE_APART_MAX = 1 << 20,
	LOGFILE_PENDING_MAX = 256 << 10, /* kept for one log while the disk refuses */
	LOGFILE_PENDING_ALL = 64 << 20, /* and for all */
	LOGFILE_FLUSH_MS = 100, /* without a spool, lines wait that long for more of their log */
	LOGFILE_LAG_MS = 5000, /* with it, that long at most, if many logs wait: */
	LOGFILE_LAG_LOGS = 2, /* so many of them are written a millisecond */
	LOGFILE_FEW = 32, /* so many logs need no spool: they are written at the end of the turn */
	LOGFILE_SPOOLED_MAX = 4096, /* bytes of a log in the spool; more is written, too */
	LOGFILE_RETRY_MS = 1000,
	LOGFILE_TURN = 64, /* logs written in one go, before receiving has its turn */
	LOGFILE_OPEN = 49152, /* descriptors of logs and metas at most, if their limit allows */
	LOGFILE_SPARE = 2048, /* left of it to the rest of the program; of a low limit, a quarter */
	LOGFILE_LIMIT = 65536, /* what root makes of that limit, if it is lower */
	LOGFILE_META_SIZE = 1024,
	LOGFILE_NAME_MAX = 64, /* "ADDRESS-PORT" with its NUL */
	LOGFILE_BUCKETS = 4096,
};

/* What every line needs is together, in front. */
struct logfile {
	struct db_stream counts;
	uint64_t next,
	    usec; /* the stream's position, for after a restart; next STREAM_NO_NEXT: not known */
	int64_t died_ms, title_due; /* 0: not */
	uint64_t dropped;
	int users; /* how many senders write here */
	int counts_dirty; /* the index has not been told */
	int direct; /* lines may be taken back: not by the spool */
	/* below: for parts.h only */
	int dirty, fresh; /* fresh: has news of this turn */
	int filtering;
	uint64_t filter_usec, top_usec; /* NETCONSOLE_NO_TIME: no timed line yet */
	char *pending;
	size_t pending_len, pending_size;
	size_t spooled; /* bytes of pending that are in the spool, too */
	uint64_t spool_turn; /* for spool_done(); 0: nothing there that is not written */
	int64_t size; /* bytes on disk, -1 not looked yet */
	int64_t pending_since, retry_at;
	struct logfile *fresh_next, *fresh_prev;
	uint64_t inode;
	int fd, meta_fd; /* meta_fd only while fd is open */
	int torn; /* the file does not end in a newline */
	uint64_t unwritten; /* lines dropped since the last that was written */
	const void
	    *writer; /* the caller's: whose name is in stream; NULL: it must be written there */
	char session[SESSION_ID_MAX + 1]; /* "" for a sender without one */
	char name[LOGFILE_NAME_MAX]; /* "netconsole", or ADDRESS-PORT */
	char stream[LOGFILE_NAME_MAX]; /* who wrote last */
	struct logfile *dirty_next, *dirty_prev, *fd_next, *fd_prev, *bucket_next;
	struct seen seen;
};

struct logfiles {
	char state[FILE_PATH_MAX];
	struct logfile *bucket[LOGFILE_BUCKETS];
	struct logfile fd_list, dirty_list, fresh_list; /* heads */
	size_t fds, meta_fds, fds_max, pending; /* fds: open descriptors, of logs and of metas */
	uint64_t write_errors, dropped; /* dropped: lines that could not be kept */
	int full; /* set by the caller: the disk has no room for us; as if it refused */
	size_t dirty, fresh; /* logs that wait to be written; that have news of this turn */
	struct spool spool;
	int spooling; /* the spool took what it was given last */
	uint64_t recovered; /* lines that were only in the spool */
	struct db_stream all; /* what was counted since the start, for all; lost never goes back */
	struct err last_error;
	/* Called before a log is forgotten, so that the index can be told; may be NULL. */
	void (*closing)(void *arg, const struct logfile *log);
	void *closing_arg;
};

/* As long as we are root: descriptors for the logs of 10,000 machines. */
void logfiles_raise_limit(void);
/* Raises the soft limit of descriptors to the hard one. */
void logfiles_init(struct logfiles *logs, const char *state);
/* Opens the spool and brings what it has to the logs. 0, or -1: there is none; logs are written as
 * without one, and whatever it had stays there. */
int logfiles_open(struct err *err, struct logfiles *logs, int64_t now);
/* When everything is written. */
void logfiles_close(struct logfiles *logs);
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

/* Hints (prefetch.h) that a line comes; the second needs what the first has fetched. */
void logfile_prefetch(const struct logfile *log);
void logfile_prefetch_more(const struct logfile *log);

/* Moves a stream's counts here. */
void logfile_count(
    struct logfiles *logs, struct logfile *log, struct stream_counts *counts, int64_t now);
/* The files may have been removed: what is open of them is closed, the next line makes new ones. */
void logfile_forget(struct logfiles *logs, const char *session, const char *name);
/* Writes now; also the meta. */
void logfile_flush(struct logfiles *logs, struct logfile *log, int64_t now);
/* At the end of a turn: its lines are in a log or in the spool, unless the disk does not take them. */
void logfiles_turn(struct logfiles *logs, int64_t now);
/* Writes what has waited long enough, LOGFILE_TURN logs at most. Returns 0 if nothing waits any
 * more, 1 if something does, 2 if there is more to do at once. */
int logfiles_tick(struct logfiles *logs, int64_t now);
void logfiles_flush(struct logfiles *logs, int64_t now);

#endif
