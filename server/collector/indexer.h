/* SPDX-License-Identifier: MIT */
/*
 * indexer: brings journal and logs into the index, a little at a time between receiving. A locked index is
 * tried again, a corrupt or missing one is made again; receiving waits for neither.
 *
 * After a death that the console saw (the journal's "died" of lastwords-console) the record is made again when
 * console.log has changed: by the rest of the report, or by the ring that the capture kernel prints there at
 * last. The log is looked at after 2, 4, 8 … seconds, INDEXER_CONSOLE_LOOKS times.
 */
#ifndef COLLECTOR_INDEXER_H
#define COLLECTOR_INDEXER_H

#include "collector/log/logfile.h"
#include "config/config.h"
#include "store/update.h"

enum {
	INDEXER_STEP = 128, /* entries in one go */
	INDEXER_LOOK_MS = 2000, /* the journal is read this often, with or without the bell */
	INDEXER_NEWS_MS =
	    1000, /* the logs are asked for news this often; for changed counts only */
	INDEXER_COUNT_MS = 3, /* this long for each log that had some the last time, */
	INDEXER_COUNTS_MAX_MS = 30000, /* at most this, after that time */
	INDEXER_RETRY_MS = 1000,
	/* until the next record is tried, where the disk has no room for one */
	INDEXER_ROOM_MS = 15000,
	INDEXER_WAIT_MS = 20, /* for the lock */
	INDEXER_QUEUE_MAX = 65536,
	INDEXER_CONSOLES = 256, /* deaths on consoles at a time; more displace the oldest */
	INDEXER_CONSOLE_MS = 2000,
	INDEXER_CONSOLE_LOOKS = 9, /* 17 minutes in all */
};

/* What is new of one session. */
struct indexer_news {
	char session[SESSION_ID_MAX + 1];
	int console; /* of a console: no counts */
	struct db_stream counts;
	int64_t died_ms; /* not 0: the record is due */
};

/* A death that the console saw. */
struct indexer_console {
	char session[SESSION_ID_MAX + 1]; /* "" unused */
	int64_t died_ms; /* real time */
	int64_t look_at, pause; /* ms, monotonic; 0: not looked at yet */
	int64_t size; /* of the log, when it was looked at last */
	int looks; /* still to do */
};

struct indexer {
	char state[FILE_PATH_MAX], images[FILE_PATH_MAX];
	struct update update;
	int open, rung;
	int due; /* a record may be due */
	uint64_t disk_floor; /* config.h */
	int64_t look_at, news_at, counts_at, retry_at, merge_at;
	struct indexer_news *news;
	size_t news_count, news_room, news_done;
	struct indexer_console console[INDEXER_CONSOLES];
	size_t consoles; /* deaths so far: the next takes console[consoles % INDEXER_CONSOLES] */
	struct err error; /* the last; a fault that lasts is reported once */
	struct logfiles
	    *logs; /* the caller's: it asks them for news, and has them forget pruned files */
	void (*warn)(const char *text);
};

/* warn: for faults that do not stop it, one line without newline. */
void indexer_init(struct indexer *indexer, const struct config *config, struct logfiles *logs,
    void (*warn)(const char *text));
/* The journal may have new entries. */
void indexer_ring(struct indexer *indexer);
/* Before a log is forgotten: its last counts. */
void indexer_closing(struct indexer *indexer, struct logfile *log);
/* One piece of work, if there is any. 1 if there is more to do at once, 0 if not. */
int indexer_step(struct indexer *indexer, int64_t now);
/* 1 while a record is being made: a step is due within a tenth of a second. */
int indexer_is_merging(const struct indexer *indexer);
/* Does all that can be done without waiting, and closes. */
void indexer_finish(struct indexer *indexer, int64_t now);

#endif
