/* SPDX-License-Identifier: MIT */
/*
 * indexer: keeps the index up with journal and logs, a little at a time between receiving. An index
 * that is locked is tried again, one that is corrupt or gone is made again; receiving never waits
 * for either.
 */
#ifndef COLLECTOR_INDEXER_H
#define COLLECTOR_INDEXER_H

#include "collector/log/logfile.h"
#include "store/update.h"

enum {
	INDEXER_STEP = 128, /* entries in one go */
	INDEXER_LOOK_MS = 2000, /* looks at the journal this often, bell or not */
	INDEXER_TELL_MS = 1000, /* late titles, and stream counts; of many streams, the counts */
	INDEXER_COUNT_MS = 3, /* so long after the last time for each that had news then, */
	INDEXER_COUNTS_MAX_MS = 30000, /* this at most */
	INDEXER_RETRY_MS = 1000,
	INDEXER_WAIT_MS = 20, /* for somebody else's lock */
	INDEXER_QUEUE_MAX = 65536,
};

/* What the index is to be told of one session. */
struct indexer_news {
	char session[SESSION_ID_MAX + 1];
	struct db_stream counts;
	int64_t died_ms; /* not 0: read the title again */
};

struct indexer {
	char state[FILE_PATH_MAX];
	struct update update;
	int open, rung;
	int64_t look_at, tell_at, counts_at, retry_at;
	struct indexer_news *news;
	size_t news_count, news_size, news_done;
	struct err error; /* the last, told once */
	struct logfiles
	    *logs; /* the caller's: their news are told, and what was pruned is told them */
};

void indexer_init(struct indexer *indexer, const char *state, struct logfiles *logs);
/* There may be something new in the journal. */
void indexer_ring(struct indexer *indexer);
/* Before a log is forgotten: its last counts. */
void indexer_closing(struct indexer *indexer, const struct logfile *log);
/* One piece of work, if there is any. 1 if there is more to do at once, 0 if not. */
int indexer_step(struct indexer *indexer, int64_t now);
/* Everything that can be done without waiting, and closes. */
void indexer_finish(struct indexer *indexer, int64_t now);

#endif
