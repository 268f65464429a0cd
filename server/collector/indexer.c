/* SPDX-License-Identifier: MIT */
/* indexer: the index, a little at a time; see indexer.h. */
#include "indexer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void indexer_init(struct indexer *indexer, const char *state, struct logfiles *logs)
{
	memset(indexer, 0, sizeof(*indexer));
	indexer->logs = logs;
	snprintf(indexer->state, sizeof(indexer->state), "%s", state);
	indexer->rung = 1;
}

void indexer_ring(struct indexer *indexer)
{
	indexer->rung = 1;
}

/* A fault that lasts is told once. */
static void indexer_fault(struct indexer *indexer, const struct err *err, int64_t now)
{
	if (strcmp(err->msg, indexer->error.msg) != 0)
		err_print("lastwords-collector", err);
	indexer->error = *err;
	indexer->retry_at = now + INDEXER_RETRY_MS;
	if (indexer->open && db_broken(indexer->update.db)) {
		update_close(&indexer->update);
		indexer->open = 0;
		indexer->retry_at = now; /* opening makes a new one */
	}
}

static int indexer_add_news(struct indexer *indexer, const struct logfile *log, int64_t died_ms)
{
	struct indexer_news *news;

	if (indexer->news_count == indexer->news_size) {
		size_t size = indexer->news_size ? indexer->news_size * 2 : 64;

		if (size > INDEXER_QUEUE_MAX ||
		    !(news = realloc(indexer->news, size * sizeof(*news))))
			return -1;
		indexer->news = news;
		indexer->news_size = size;
	}
	news = &indexer->news[indexer->news_count++];
	memcpy(news->session, log->session, sizeof(news->session));
	news->counts = log->counts;
	news->died_ms = died_ms;
	return 0;
}

void indexer_closing(struct indexer *indexer, const struct logfile *log)
{
	if (log->session[0] && (log->counts_dirty || log->title_due))
		indexer_add_news(indexer, log, log->title_due ? log->died_ms : 0);
}

static void indexer_gather(struct indexer *indexer, int64_t now)
{
	const int counts = now >= indexer->counts_at;
	int64_t wait = 0;

	for (size_t i = 0; i < LOGFILE_BUCKETS; i++) {
		for (struct logfile *log = indexer->logs->bucket[i]; log; log = log->bucket_next) {
			int due = log->title_due && log->title_due <= now;

			if (!log->session[0] || (!(log->counts_dirty && counts) && !due) ||
			    indexer_add_news(indexer, log, due ? log->died_ms : 0))
				continue;
			log->counts_dirty = 0;
			if (due)
				log->title_due = 0;
			wait += INDEXER_COUNT_MS;
		}
	}
	if (counts)
		indexer->counts_at =
		    now + (wait < INDEXER_COUNTS_MAX_MS ? wait : INDEXER_COUNTS_MAX_MS);
}

/* Tells the index some of the news, in one transaction. How many, or -1. */
static int indexer_tell(struct indexer *indexer, struct err *err)
{
	struct update *update = &indexer->update;
	size_t at = indexer->news_done, end = at + INDEXER_STEP;
	int titles = 0;

	if (db_begin(err, update->db))
		return -1;
	for (; at < indexer->news_count && at < end && !titles; at++) {
		const struct indexer_news *news = &indexer->news[at];

		if (db_put_stream(err, update->db, news->session, &news->counts) ||
		    (news->died_ms && update_report(err, update, news->session, news->died_ms)))
			goto fail;
		titles += news->died_ms != 0;
	}
	if (db_commit(err, update->db))
		goto fail;
	indexer->news_done = at;
	if (at == indexer->news_count)
		indexer->news_count = indexer->news_done = 0;
	return 1;
fail:
	db_rollback(update->db);
	return -1;
}

static void indexer_pruned(void *arg, const struct journal_entry *entry)
{
	struct indexer *indexer = arg;
	const char *stream = kv_get(&entry->kv, "stream");

	if (strcmp(entry->session, "-") != 0)
		logfile_forget(indexer->logs, entry->session, "netconsole");
	else if (stream)
		logfile_forget(indexer->logs, "", stream);
}

static void indexer_report(void *arg, const char *text)
{
	(void)arg;
	fprintf(stderr, "lastwords-collector: %s\n", text);
}

int indexer_step(struct indexer *indexer, int64_t now)
{
	struct err err;
	long n = 0;

	if (now < indexer->retry_at)
		return 0;
	if (!indexer->open) {
		if (update_open(&err, indexer->state, &indexer->update)) {
			indexer_fault(indexer, &err, now);
			return 0;
		}
		db_set_wait(indexer->update.db, INDEXER_WAIT_MS);
		indexer->update.pruned = indexer_pruned;
		indexer->update.report = indexer_report;
		indexer->update.arg = indexer;
		indexer->open = 1;
		indexer->rung = 1;
	}
	if (indexer->rung || now >= indexer->look_at) {
		indexer->rung = 0;
		indexer->look_at = now + INDEXER_LOOK_MS;
		n = update_step(&err, &indexer->update, INDEXER_STEP);
		if (n > 0) {
			indexer->rung = 1;
			goto good;
		}
	} else if (indexer->news_count) {
		n = indexer_tell(indexer, &err);
	} else if (now >= indexer->tell_at) {
		indexer->tell_at = now + INDEXER_TELL_MS;
		indexer_gather(indexer, now);
		return indexer->news_count > 0;
	} else {
		return 0;
	}
	if (n < 0) {
		indexer->rung = 1;
		indexer_fault(indexer, &err, now);
		return !indexer->open;
	}
good:
	if (indexer->error.msg[0])
		fprintf(stderr, "lastwords-collector: the index is well again\n");
	indexer->error.msg[0] = '\0';
	return n > 0 || indexer->news_count > 0;
}

void indexer_finish(struct indexer *indexer, int64_t now)
{
	indexer->rung = 1;
	indexer->retry_at = indexer->tell_at = indexer->counts_at = 0;
	indexer_gather(indexer, INT64_MAX / 2);
	for (int i = 0; i < 100000 && indexer_step(indexer, now); i++)
		;
	if (indexer->open)
		update_close(&indexer->update);
	free(indexer->news);
	memset(indexer, 0, sizeof(*indexer));
}
