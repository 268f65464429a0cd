/* SPDX-License-Identifier: MIT */
/* indexer: the index, a little at a time; see indexer.h. */
#include "indexer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/disk.h"
#include "boot/image.h"
#include "boot/known.h"
#include "collector/log/place.h"

/* The decoder is in this program's directory. */
static void indexer_find_decoder(char path[FILE_PATH_MAX])
{
	static const char name[] = "lastwords-decode";
	ssize_t n = readlink("/proc/self/exe", path, FILE_PATH_MAX - sizeof(name) - 1);
	char *slash;

	path[n > 0 ? n : 0] = '\0';
	slash = strrchr(path, '/');
	memcpy(slash ? slash + 1 : path, name, sizeof(name));
}

static int indexer_vmlinux(void *arg, const char *image, char path[FILE_PATH_MAX])
{
	const struct indexer *indexer = arg;

	return image_vmlinux(indexer->images, image, path);
}

/* A record is as long as its logs: those of new machines must not take the room above disk_floor twice. */
static enum update_room indexer_room(void *arg, const char *session, uint64_t bytes)
{
	const struct indexer *indexer = arg;

	if (!known_session(indexer->state, session, clock_now()))
		return disk_has_less(indexer->state, indexer->disk_floor, DISK_STRANGERS, bytes)
			   ? UPDATE_NEVER
			   : UPDATE_ROOM;
	return disk_is_full(indexer->state, indexer->disk_floor, 0) ? UPDATE_LATER : UPDATE_ROOM;
}

void indexer_init(struct indexer *indexer, const struct config *config, struct logfiles *logs,
    void (*warn)(const char *text))
{
	memset(indexer, 0, sizeof(*indexer));
	indexer->warn = warn;
	indexer->logs = logs;
	indexer->disk_floor = config->disk_floor;
	snprintf(indexer->state, sizeof(indexer->state), "%s", config->state);
	snprintf(indexer->images, sizeof(indexer->images), "%s", config->images);
	indexer->rung = 1;
}

void indexer_ring(struct indexer *indexer)
{
	indexer->rung = 1;
}

static void indexer_fault(struct indexer *indexer, const struct err *err, int64_t now)
{
	if (strcmp(err->msg, indexer->error.msg) != 0)
		indexer->warn(err->msg);
	indexer->error = *err;
	indexer->retry_at = now + INDEXER_RETRY_MS;
	if (indexer->open && db_broken(indexer->update.db)) {
		update_close(&indexer->update);
		indexer->open = 0;
		indexer->retry_at = now; /* opening makes a new one */
	}
}

/* NULL: no room. */
static struct indexer_news *indexer_new(struct indexer *indexer, const char *session)
{
	struct indexer_news *news;
	struct err ignored;

	if (indexer->news_count == INDEXER_QUEUE_MAX ||
	    !(news = array_grow(&ignored, indexer->news, &indexer->news_room, indexer->news_count,
		  sizeof(*news))))
		return NULL;
	indexer->news = news;
	news += indexer->news_count++;
	*news = (struct indexer_news){.console = 0};
	snprintf(news->session, sizeof(news->session), "%s", session);
	return news;
}

static int indexer_add_news(struct indexer *indexer, struct logfile *log, int report)
{
	const struct meta *meta = logfile_meta(log);
	struct indexer_news *news;

	if (session_id_is_probe(logfile_session(log)))
		return 0;
	news = indexer_new(indexer, logfile_session(log));
	if (!news)
		return -1;
	news->counts = meta->counts;
	news->died_ms = report ? meta->died : 0;
	return 0;
}

void indexer_closing(struct indexer *indexer, struct logfile *log)
{
	int report = logfile_report_due(log) != 0;

	if (logfile_session(log)[0] && (logfile_has_news(log) || report))
		indexer_add_news(indexer, log, report);
}

struct gathering {
	struct indexer *indexer;
	int64_t now, wait;
	int counts; /* 1: changed counts are due */
};

static void indexer_gather_log(void *arg, struct logfile *log)
{
	struct gathering *gathering = arg;
	int64_t due = logfile_report_due(log);
	int report = due && due <= gathering->now;

	if ((!(gathering->counts && logfile_has_news(log)) && !report) ||
	    indexer_add_news(gathering->indexer, log, report))
		return;
	logfile_set_indexed(log);
	if (report)
		logfile_set_report_due(log, 0);
	gathering->wait += INDEXER_COUNT_MS;
}

/* --- consoles -------------------------------------------------------------------------------------- */

static int64_t console_size(const struct indexer *indexer, const char *session)
{
	char path[FILE_PATH_MAX];
	struct stat st;

	if (place_path(indexer->state, session, "console.log", path) || stat(path, &st))
		return 0;
	return st.st_size;
}

static void indexer_died(void *arg, const struct journal_entry *entry)
{
	struct indexer *indexer = arg;
	struct indexer_console *console = &indexer->console[indexer->consoles % INDEXER_CONSOLES];
	const char *channel = kv_get(&entry->kv, "channel");

	if (!channel || strcmp(channel, "console") != 0)
		return;
	indexer->consoles++;
	*console = (struct indexer_console){
	    .died_ms = entry->time_ms, .looks = INDEXER_CONSOLE_LOOKS, .pause = INDEXER_CONSOLE_MS};
	memcpy(console->session, entry->session, sizeof(console->session));
	/* (the record that is due now may be made before more of the log comes) */
	console->size = console_size(indexer, console->session);
}

static void indexer_look_console(
    struct indexer *indexer, struct indexer_console *console, int64_t now)
{
	int64_t size = console_size(indexer, console->session);
	struct indexer_news *news;

	if (console->look_at && size != console->size) {
		news = indexer_new(indexer, console->session);
		if (!news)
			return;
		news->console = 1;
		news->died_ms = console->died_ms;
		console->size = size;
	}
	if (console->looks-- == 0)
		console->session[0] = '\0';
	console->look_at = now + console->pause;
	console->pause *= 2;
}

static void indexer_look_consoles(struct indexer *indexer, int64_t now)
{
	for (size_t i = 0; i < INDEXER_CONSOLES && i < indexer->consoles; i++) {
		struct indexer_console *console = &indexer->console[i];

		if (console->session[0] && now >= console->look_at)
			indexer_look_console(indexer, console, now);
	}
}

/* --- news ------------------------------------------------------------------------------------------ */

static void indexer_gather(struct indexer *indexer, int64_t now)
{
	struct gathering gathering = {
	    .indexer = indexer, .now = now, .counts = now >= indexer->counts_at};

	indexer_look_consoles(indexer, now);
	logfiles_each(indexer->logs, indexer_gather_log, &gathering);
	if (gathering.counts)
		indexer->counts_at =
		    now + (gathering.wait < INDEXER_COUNTS_MAX_MS ? gathering.wait
								  : INDEXER_COUNTS_MAX_MS);
}

/* Brings some of the news into the index, in one transaction. 1, or -1. */
static int indexer_put_news(struct indexer *indexer, struct err *err)
{
	struct update *update = &indexer->update;
	size_t at = indexer->news_done, end = at + INDEXER_STEP;

	if (db_begin(err, update->db))
		return -1;
	for (; at < indexer->news_count && at < end; at++) {
		const struct indexer_news *news = &indexer->news[at];

		if ((!news->console &&
			db_put_stream(err, update->db, news->session, &news->counts)) ||
		    (news->died_ms && db_merge_due(err, update->db, news->session, news->died_ms)))
			goto fail;
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
		logfiles_forget(indexer->logs, entry->session, "netconsole");
	else if (stream)
		logfiles_forget(indexer->logs, "", stream);
}

static void indexer_report(void *arg, const char *text)
{
	struct indexer *indexer = arg;

	indexer->warn(text);
}

/* One step of making records. The index is not asked while none can be due. 1, 0, or -1. */
static int indexer_merge(struct indexer *indexer, struct err *err, int64_t now)
{
	int rc;

	if (!indexer->due || now < indexer->merge_at)
		return 0;
	rc = update_merge(err, &indexer->update, 0);
	if (indexer->update.crowded)
		indexer->merge_at = now + INDEXER_ROOM_MS;
	indexer->update.crowded = 0;
	if (rc == 0)
		indexer->due = update_is_merging(&indexer->update);
	return rc;
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
		indexer->update.died = indexer_died;
		indexer->update.report = indexer_report;
		indexer->update.room = indexer_room;
		indexer->update.merge.program = "/proc/self/exe";
		if (indexer->images[0]) {
			indexer->update.vmlinux = indexer_vmlinux;
			indexer_find_decoder(indexer->update.decoder);
		}
		indexer->update.arg = indexer;
		indexer->open = 1;
		indexer->rung = 1;
	}
	if (indexer->rung || now >= indexer->look_at) {
		indexer->rung = 0;
		indexer->look_at = now + INDEXER_LOOK_MS;
		indexer->due = 1;
		n = update_step(&err, &indexer->update, INDEXER_STEP);
		if (n > 0) {
			indexer->rung = 1;
			goto good;
		}
	} else if (indexer->news_count) {
		n = indexer_put_news(indexer, &err);
		indexer->due = 1;
	} else if ((n = indexer_merge(indexer, &err, now)) != 0) {
		if (n > 0)
			goto good;
	} else if (now >= indexer->news_at) {
		indexer->news_at = now + INDEXER_NEWS_MS;
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
		indexer->warn("index available again");
	indexer->error.msg[0] = '\0';
	return n > 0 || indexer->news_count > 0;
}

int indexer_is_merging(const struct indexer *indexer)
{
	return indexer->open && update_is_merging(&indexer->update);
}

void indexer_finish(struct indexer *indexer, int64_t now)
{
	indexer->rung = 1;
	indexer->retry_at = indexer->news_at = indexer->counts_at = 0;
	indexer_gather(indexer, INT64_MAX / 2);
	for (int i = 0; i < 100000 && indexer_step(indexer, now); i++)
		;
	if (indexer->open)
		update_close(&indexer->update);
	free(indexer->news);
	memset(indexer, 0, sizeof(*indexer));
}
