/* SPDX-License-Identifier: MIT */
/* logfile: the logs, what waits to be written to each, and when it is; see logfile.h. linefile.c has the
 * files, seen.c the lines that a log has already, spool.c the lines of many logs. */
#include "logfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/clock.h"
#include "base/prefetch.h"
#include "boot/known.h"
#include "linefile.h"
#include "meta.h"
#include "part.h"
#include "place.h"
#include "seen.h"
#include "spool.h"
#include "store/layout.h"

enum {
	BUCKETS = 4096,
	REREAD_MAX = 4 << 20 /* bytes of a log in which known lines are looked for */
};

/* Which list a log is in. */
enum waiting {
	WAITING_NOT, /* all is written */
	WAITING_FLUSH, /* for the end of the turn, or LOGFILE_FLUSH_MS */
	WAITING_LAG, /* in the spool meanwhile */
	WAITING_RETRY, /* for the disk, LOGFILE_RETRY_MS */
	WAITING_LISTS,
};

struct logfile {
	struct logfiles *logs;
	LIST_ENTRY(logfile) bucket;
	TAILQ_ENTRY(logfile) wait, fresh;
	enum waiting waiting;
	int64_t since; /* when it joined that list */
	int is_fresh; /* has news of this turn */
	int direct; /* not to the spool */
	size_t spooled; /* bytes of pending that are in the spool, too */
	uint64_t spool_turn; /* for spool_done; 0: nothing there that is not written */
	char *pending; /* whole lines; NULL: empty */
	size_t pending_len, pending_size;
	uint64_t unwritten; /* lines dropped since the last that was written */
	struct linefile file, meta_file;
	struct meta meta;
	struct meta_levels *levels; /* of the last lines, written or pending; NULL: of none */
	const void *writer; /* whose name is in meta.stream */
	int64_t report_due;
	int news; /* the index does not have the counts */
	/* UTC: its machine is new (boot/known.h) until then at most; 0: it is known, or there is none */
	int64_t known_at;
	int has_gap; /* of part_of_session() */
	int users;
	int filtering;
	uint64_t filter_usec; /* lines up to this time may be known; NETCONSOLE_NO_TIME: all */
	struct seen seen;
	char session[SESSION_ID_MAX + 1], name[LOGFILE_NAME_MAX];
	char paths[]; /* of the two files */
};

LIST_HEAD(logfile_bucket, logfile);
TAILQ_HEAD(logfile_list, logfile);

struct logfiles {
	char state[FILE_PATH_MAX];
	struct logfile_bucket bucket[BUCKETS];
	struct logfile_list waiting[WAITING_LISTS], fresh; /* waiting: in the order of since */
	size_t lagging, fresh_count; /* logs in these two lists */
	size_t pending; /* bytes, of all logs */
	struct spool spool;
	struct linefiles files;
	enum logfiles_disk disk;
	struct logfiles_counts counts;
	struct err error;
	void (*closing)(void *arg, struct logfile *log);
	void *closing_arg;
};

/* --- waiting -------------------------------------------------------------------------------------- */

static void logfile_unwait(struct logfile *log)
{
	struct logfiles *logs = log->logs;

	if (log->waiting != WAITING_NOT)
		TAILQ_REMOVE(&logs->waiting[log->waiting], log, wait);
	logs->lagging -= log->waiting == WAITING_LAG;
	log->waiting = WAITING_NOT;
}

static void logfile_wait(struct logfile *log, enum waiting waiting, int64_t now)
{
	struct logfiles *logs = log->logs;

	logfile_unwait(log);
	log->waiting = waiting;
	log->since = now;
	logs->lagging += waiting == WAITING_LAG;
	TAILQ_INSERT_TAIL(&logs->waiting[waiting], log, wait);
}

static void logfile_unfresh(struct logfile *log)
{
	if (!log->is_fresh)
		return;
	log->is_fresh = 0;
	log->logs->fresh_count--;
	TAILQ_REMOVE(&log->logs->fresh, log, fresh);
}

/* There is something to write, if only counts. */
static void logfile_touch(struct logfile *log, int64_t now)
{
	log->news = 1;
	if (log->waiting == WAITING_NOT)
		logfile_wait(log, WAITING_FLUSH, now);
	if (log->is_fresh)
		return;
	log->is_fresh = 1;
	log->logs->fresh_count++;
	TAILQ_INSERT_TAIL(&log->logs->fresh, log, fresh);
}

static void logfile_close(struct logfile *log)
{
	linefile_close(&log->logs->files, &log->file);
	linefile_close(&log->logs->files, &log->meta_file);
}

/* --- writing -------------------------------------------------------------------------------------- */

static int logfile_append(struct err *err, struct logfile *log, const char *text, size_t len)
{
	struct linefiles *files = &log->logs->files;

	if (linefile_append(err, files, &log->file, text, len) == 0)
		return 0;
	if (errno != ENOENT || place_make(err, log->logs->state, log->session))
		return -1;
	return linefile_append(err, files, &log->file, text, len);
}

/* The file's size; -1 if it ends in half a line. */
static int64_t logfile_whole_size(struct logfile *log)
{
	if (log->file.size < 0)
		log->file.size = linefile_whole_size(log->file.path);
	return log->file.size;
}

static void logfile_rotate(struct logfile *log)
{
	const char *path = log->file.path;
	char to[FILE_PATH_MAX];

	if (log->session[0])
		part_of_session(&log->logs->files, path, &log->has_gap, to);
	else
		part_of_stream(path, to);
	linefile_close(&log->logs->files, &log->file);
	if (rename(path, to) == 0)
		log->file.size = -1;
}

/* 1 if a sender without a session, or a new machine, writes to it. */
static int logfile_is_of_stranger(const struct logfile *log)
{
	return !log->session[0] || (log->known_at && clock_now() < log->known_at);
}

static int logfile_write(struct err *err, struct logfile *log)
{
	if (!log->pending)
		return 0;
	if (log->logs->disk >= (logfile_is_of_stranger(log) ? LOGFILES_TIGHT : LOGFILES_FULL))
		return err_set(err, "%s: not written; too little of the disk is free (disk_floor)",
		    log->file.path);
	/* Not while the spool has lines with their place in this file. */
	if (log->file.size > 0 && log->file.size + (int64_t)log->pending_len > LOGFILE_MAX &&
	    !log->spooled)
		logfile_rotate(log);
	if (log->unwritten) {
		char mark[64];
		int n = snprintf(mark, sizeof(mark), "[lastwords: %llu lines not kept]\n",
		    (unsigned long long)log->unwritten);

		if (logfile_append(err, log, mark, (size_t)n))
			return -1;
		log->unwritten = 0;
		meta_forget_levels(&log->levels);
	}
	if (logfile_append(err, log, log->pending, log->pending_len))
		return -1;
	log->logs->pending -= log->pending_len;
	free(log->pending);
	log->pending = NULL;
	log->pending_len = log->pending_size = log->spooled = 0;
	return 0;
}

static void logfile_unspool(struct logfile *log)
{
	if (log->spool_turn)
		spool_done(&log->logs->spool, log->spool_turn);
	log->spool_turn = 0;
}

void logfile_flush(struct logfile *log, int64_t now)
{
	struct err err;
	int failed;

	if (log->waiting == WAITING_NOT)
		return;
	failed = logfile_write(&err, log);
	if (!failed && log->levels)
		log->levels->end = logfile_whole_size(log);
	if (failed || meta_write(&err, &log->logs->files, &log->meta_file, log->session, &log->meta,
			  log->levels)) {
		log->logs->counts.write_errors++;
		log->logs->error = err;
		logfile_wait(log, WAITING_RETRY, now);
		return;
	}
	logfile_unwait(log);
	logfile_unspool(log);
}

/* --- all logs ------------------------------------------------------------------------------------- */

struct logfiles *logfiles_new(
    const char *state, void (*closing)(void *arg, struct logfile *log), void *arg)
{
	struct logfiles *logs = calloc(1, sizeof(*logs));

	if (!logs)
		return NULL;
	snprintf(logs->state, sizeof(logs->state), "%s", state);
	for (size_t i = 0; i < BUCKETS; i++)
		LIST_INIT(&logs->bucket[i]);
	for (size_t i = 0; i < WAITING_LISTS; i++)
		TAILQ_INIT(&logs->waiting[i]);
	TAILQ_INIT(&logs->fresh);
	spool_init(&logs->spool);
	linefiles_init(&logs->files);
	logs->closing = closing;
	logs->closing_arg = arg;
	return logs;
}

/* 1 if a log waits to be written. */
static int logfiles_waiting(const struct logfiles *logs)
{
	for (size_t i = 0; i < WAITING_LISTS; i++)
		if (!TAILQ_EMPTY(&logs->waiting[i]))
			return 1;
	return 0;
}

void logfiles_free(struct logfiles *logs)
{
	if (!logs)
		return;
	if (!logfiles_waiting(logs))
		spool_clear(&logs->spool);
	spool_close(&logs->spool);
	free(logs);
}

const struct logfiles_counts *logfiles_counts(const struct logfiles *logs)
{
	return &logs->counts;
}

const struct err *logfiles_error(const struct logfiles *logs)
{
	return &logs->error;
}

void logfiles_set_disk(struct logfiles *logs, enum logfiles_disk disk)
{
	logs->disk = disk;
}

enum logfiles_disk logfiles_disk(const struct logfiles *logs)
{
	return logs->disk;
}

int logfiles_tick(struct logfiles *logs, int64_t now)
{
	int64_t lag = (int64_t)logs->lagging / LOGFILE_LAG_LOGS;
	int64_t delay[WAITING_LISTS] = {[WAITING_FLUSH] = LOGFILE_FLUSH_MS,
	    [WAITING_LAG] = lag < LOGFILE_FLUSH_MS ? LOGFILE_FLUSH_MS
			    : lag > LOGFILE_LAG_MS ? LOGFILE_LAG_MS
						   : lag,
	    [WAITING_RETRY] = LOGFILE_RETRY_MS};
	int left = LOGFILE_TURN;

	for (size_t i = 0; i < WAITING_LISTS; i++) {
		struct logfile *log;

		while ((log = TAILQ_FIRST(&logs->waiting[i])) && now - log->since >= delay[i]) {
			if (left-- == 0)
				return 2;
			logfile_flush(log, now);
		}
	}
	return logfiles_waiting(logs);
}

void logfiles_flush(struct logfiles *logs, int64_t now)
{
	struct logfile_list failed = TAILQ_HEAD_INITIALIZER(failed);
	struct logfile *log;

	/* What fails joins the last list again. */
	TAILQ_CONCAT(&failed, &logs->waiting[WAITING_RETRY], wait);
	for (int i = WAITING_FLUSH; i < WAITING_RETRY; i++)
		while ((log = TAILQ_FIRST(&logs->waiting[i])) != NULL)
			logfile_flush(log, now);
	while ((log = TAILQ_FIRST(&failed)) != NULL) {
		TAILQ_REMOVE(&failed, log, wait);
		TAILQ_INSERT_TAIL(&logs->waiting[WAITING_RETRY], log, wait);
		logfile_flush(log, now);
	}
}

void logfiles_each(struct logfiles *logs, void (*got)(void *arg, struct logfile *log), void *arg)
{
	struct logfile *log;

	for (size_t i = 0; i < BUCKETS; i++)
		LIST_FOREACH(log, &logs->bucket[i], bucket)
	if (log->session[0])
		got(arg, log);
}

/* --- one log: coming and going -------------------------------------------------------------------- */

static struct logfile_bucket *logfile_bucket(
    struct logfiles *logs, const char *session, const char *name)
{
	unsigned int hash = 5381;

	for (const char *p = *session ? session : name; *p; p++)
		hash = hash * 33 + (unsigned char)*p;
	return &logs->bucket[hash % BUCKETS];
}

static struct logfile *logfile_find(struct logfiles *logs, const char *session, const char *name)
{
	struct logfile *log;

	LIST_FOREACH(log, logfile_bucket(logs, session, name), bucket)
	if (strcmp(log->session, session) == 0 && strcmp(log->name, name) == 0)
		return log;
	return NULL;
}

struct logfile *logfile_get(struct logfiles *logs, const char *session, const char *name)
{
	struct logfile *log = logfile_find(logs, session, name);
	char path[FILE_PATH_MAX];
	size_t size;

	if (log) {
		log->users++;
		return log;
	}
	if (place_path(logs->state, session, name, path))
		return NULL;
	size = strlen(path) + sizeof(".meta");
	log = calloc(1, sizeof(*log) + 2 * size);
	if (!log)
		return NULL;
	snprintf(log->paths, size, "%s.log", path);
	snprintf(log->paths + size, size, "%s.meta", path);
	snprintf(log->session, sizeof(log->session), "%s", session);
	snprintf(log->name, sizeof(log->name), "%s", name);
	log->logs = logs;
	log->users = 1;
	log->known_at = known_from(logs->state, session, clock_now());
	linefile_init(&log->file, log->paths);
	linefile_init(&log->meta_file, log->paths + size);
	log->filter_usec = NETCONSOLE_NO_TIME;
	meta_read(log->meta_file.path, &log->meta, &log->levels);
	if (log->levels && log->levels->end != logfile_whole_size(log))
		meta_forget_levels(&log->levels);
	LIST_INSERT_HEAD(logfile_bucket(logs, session, name), log, bucket);
	return log;
}

void logfile_hold(struct logfile *log)
{
	log->users++;
}

void logfile_put(struct logfile *log)
{
	if (--log->users > 0)
		return;
	logfile_flush(log, 0);
	if (log->logs->closing)
		log->logs->closing(log->logs->closing_arg, log);
	logfile_unwait(log);
	logfile_unfresh(log);
	logfile_unspool(log);
	logfile_close(log);
	log->logs->pending -= log->pending_len;
	LIST_REMOVE(log, bucket);
	seen_free(&log->seen);
	meta_forget_levels(&log->levels);
	free(log->pending);
	free(log);
}

void logfiles_forget(struct logfiles *logs, const char *session, const char *name)
{
	struct logfile *log = logfile_find(logs, session, name);

	if (!log)
		return;
	logfile_close(log);
	log->file.size = -1;
	log->spooled = 0; /* that was in the file that is gone */
	log->filtering = 0;
	meta_forget_levels(&log->levels);
	seen_free(&log->seen);
}

const char *logfile_session(const struct logfile *log)
{
	return log->session;
}

const char *logfile_name(const struct logfile *log)
{
	return log->name;
}

void logfile_set_direct(struct logfile *log)
{
	log->direct = 1;
}

/* --- lines ---------------------------------------------------------------------------------------- */

void logfile_prefetch(const struct logfile *log, int step)
{
	if (step == 0)
		prefetch(log, sizeof(*log));
	else if (log->pending)
		prefetch(log->pending + log->pending_len, 2 * PREFETCH_LINE);
}

/* 0, or -1: no room. */
static int logfile_keep(struct logfile *log, const char *text, size_t len)
{
	size_t all =
	    log->session[0] && !log->known_at ? LOGFILE_PENDING_ALL : LOGFILE_PENDING_ALL / 2;
	size_t need = log->pending_len + len + 1;

	if (need > LOGFILE_PENDING_MAX || log->logs->pending + len + 1 > all)
		return -1;
	if (need > log->pending_size) {
		size_t size = log->pending_size ? log->pending_size : 1024;
		char *bigger;

		while (size < need)
			size *= 2;
		bigger = realloc(log->pending, size);
		if (!bigger)
			return -1;
		log->pending = bigger;
		log->pending_size = size;
	}
	memcpy(log->pending + log->pending_len, text, len);
	log->pending[need - 1] = '\n';
	log->pending_len = need;
	log->logs->pending += len + 1;
	return 0;
}

/* 1 if the line is one that the log has. */
static int logfile_knows(struct logfile *log, const struct stream_line *line)
{
	if (!log->filtering || line->usec == NETCONSOLE_NO_TIME)
		return 0;
	if (log->filter_usec == NETCONSOLE_NO_TIME || line->usec > log->filter_usec) {
		if (log->users < 2) {
			log->filtering = 0;
			seen_free(&log->seen);
		}
		return 0;
	}
	if (seen_has(&log->seen, line->text, line->len)) {
		log->meta.counts.duplicates++;
		log->logs->counts.lines.duplicates++;
		return 1;
	}
	log->meta.counts.late++;
	log->logs->counts.lines.late++;
	if (log->meta.counts.lost)
		log->meta.counts.lost--;
	return 0;
}

int logfile_add(struct logfile *log, const struct stream_line *line, int64_t now)
{
	struct logfiles *logs = log->logs;
	int kept;

	logfile_touch(log, now);
	if (logfile_knows(log, line))
		return 0;
	kept = logfile_keep(log, line->text, line->len) == 0;
	if (!kept && log->waiting != WAITING_RETRY) {
		logfile_flush(log, now);
		kept = logfile_keep(log, line->text, line->len) == 0;
		logfile_touch(log, now);
	}
	if (!kept) {
		log->meta.dropped++;
		log->unwritten++;
		logs->counts.dropped++;
		return 0;
	}
	if (log->session[0]) /* (of a sender without one nobody asks for them) */
		meta_add_level(&log->levels, line->prio);
	log->meta.counts.lines += !line->mark;
	logs->counts.lines.lines += !line->mark;
	if (line->usec == NETCONSOLE_NO_TIME)
		return 1;
	if (log->meta.usec == NETCONSOLE_NO_TIME || line->usec > log->meta.usec)
		log->meta.usec = line->usec;
	if (log->filtering) {
		seen_add(&log->seen, line->text, line->len);
		if (log->users > 1)
			log->filter_usec = log->meta.usec;
	}
	return 1;
}

static void logfile_learn(void *arg, const char *text, size_t len)
{
	struct logfile *log = arg;
	uint64_t usec = netconsole_line_usec(text, len);

	if (usec == NETCONSOLE_NO_TIME)
		return;
	if (log->meta.usec == NETCONSOLE_NO_TIME || usec > log->meta.usec)
		log->meta.usec = usec;
	seen_add(&log->seen, text, len);
}

static void logfile_read_seen(struct logfile *log, int64_t now)
{
	const char *path = log->file.path;
	struct err ignored;
	int64_t size;

	logfile_flush(log, now);
	seen_free(&log->seen);
	size = linefile_size(path);
	(void)linefile_read(
	    &ignored, path, size > REREAD_MAX ? size - REREAD_MAX : 0, logfile_learn, log);
}

void logfile_filter(struct logfile *log, int64_t now)
{
	if (log->users < 2 && logfile_size(log) == 0)
		return;
	if (!log->filtering)
		logfile_read_seen(log, now);
	log->filtering = log->seen.count > 0 || log->users > 1;
	log->filter_usec = log->meta.usec;
}

int logfile_has(struct logfile *log, const char *text, size_t len)
{
	if (!log->seen.count)
		logfile_read_seen(log, 0);
	return seen_has(&log->seen, text, len);
}

int64_t logfile_size(struct logfile *log)
{
	int64_t size = logfile_whole_size(log);

	return (size < 0 ? linefile_size(log->file.path) : size) + (int64_t)log->pending_len;
}

int logfile_take_back(struct logfile *log, int64_t offset, int64_t now,
    void (*got)(void *arg, const char *text, size_t len), void *arg)
{
	const char *path = log->file.path;
	struct err ignored;
	int64_t end;

	logfile_flush(log, now);
	end = linefile_size(path);
	if (log->pending || offset > end || end - offset > LOGFILE_MAX ||
	    linefile_read(&ignored, path, offset, got, arg) || linefile_cut(&ignored, path, offset))
		return -1;
	log->file.size = offset;
	meta_forget_levels(&log->levels);
	logfile_touch(log, now);
	return 0;
}

/* --- the spool ------------------------------------------------------------------------------------ */

/* What of the log is new goes to the spool. 0, or -1: it must be written. */
static int logfile_spool(struct logfile *log)
{
	struct logfiles *logs = log->logs;
	struct spool_record record = {.session = log->session,
	    .name = log->name,
	    .text = log->pending ? log->pending + log->spooled : "",
	    .len = log->pending_len - log->spooled};

	/* What logfile_write would put in front of the lines, or into another file, has no place yet. */
	if (logs->disk == LOGFILES_FULL || (logs->disk == LOGFILES_TIGHT && log->known_at) ||
	    !log->session[0] || log->direct || log->meta.died || log->unwritten ||
	    log->pending_len > LOGFILE_SPOOLED_MAX)
		return -1;
	if (logfile_whole_size(log) < 0 || log->file.size + (int64_t)log->pending_len > LOGFILE_MAX)
		return -1;
	record.at = log->file.size + (int64_t)log->spooled;
	record.meta = log->meta;
	if (spool_add(&logs->spool, &record))
		return -1;
	log->spooled = log->pending_len;
	if (!log->spool_turn)
		log->spool_turn = spool_hold(&logs->spool);
	return 0;
}

void logfiles_turn(struct logfiles *logs, int64_t now)
{
	const int few = logs->fresh_count <= LOGFILE_FEW;
	const int spooling = !few && spool_ready(&logs->spool, now);
	struct logfile *log;
	size_t count = logs->fresh_count;

	while (count-- > 0 && (log = TAILQ_FIRST(&logs->fresh)) != NULL) {
		if (TAILQ_NEXT(log, fresh))
			logfile_prefetch(TAILQ_NEXT(log, fresh), 0);
		logfile_unfresh(log);
		if (log->waiting == WAITING_NOT || log->waiting == WAITING_RETRY)
			continue;
		if (spooling && logfile_spool(log) == 0) {
			if (log->waiting == WAITING_FLUSH)
				logfile_wait(log, WAITING_LAG, log->since);
		} else if (few || log->meta.died || log->waiting == WAITING_LAG) {
			logfile_flush(log, now);
		}
	}
	if (spooling && spool_write(&logs->spool))
		logfiles_flush(logs, now);
}

/* Appends what the log does not have of the record. */
static void logfile_recover_lines(struct logfile *log, const struct spool_record *record,
    int64_t there, int64_t now, uint64_t *lines)
{
	const char *text = record->text + there, *end = record->text + record->len;

	if (text < end)
		meta_forget_levels(&log->levels);
	for (const char *stop; text < end && (stop = memchr(text, '\n', (size_t)(end - text)));
	     text = stop + 1) {
		if (logfile_keep(log, text, (size_t)(stop - text))) {
			logfile_flush(log, now);
			if (logfile_keep(log, text, (size_t)(stop - text)))
				return;
		}
		logfile_touch(log, now);
		(*lines)++;
	}
}

struct recovering {
	struct logfiles *logs;
	int64_t now;
	uint64_t lines;
};

static void logfile_recover(void *arg, const struct spool_record *record)
{
	struct recovering *recovering = arg;
	struct logfile *log;
	int64_t there;

	if (strlen(record->session) > SESSION_ID_MAX || strlen(record->name) >= LOGFILE_NAME_MAX ||
	    !(log = logfile_get(recovering->logs, record->session, record->name)))
		return;
	if (log->users > 1)
		log->users--; /* the first keeps it until the end */
	/* How much of the record the file has. Less than nothing: it is not the file of the record. */
	if (log->file.size < 0)
		log->file.size =
		    linefile_size(log->file.path); /* may end in half a line of the record */
	there = log->file.size + (int64_t)log->pending_len - record->at;
	if (there > (int64_t)record->len)
		there = (int64_t)record->len;
	if (there < 0 ||
	    (there > 0 && !log->pending_len &&
		!linefile_has(log->file.path, record->at, record->text, (size_t)there)))
		return;
	logfile_recover_lines(log, record, there, recovering->now, &recovering->lines);
	if (record->meta.counts.packets < log->meta.counts.packets)
		return;
	log->meta = record->meta;
	logfile_touch(log, recovering->now);
}

int logfiles_recover(struct err *err, struct logfiles *logs, int64_t now, uint64_t *lines)
{
	struct recovering recovering = {.logs = logs, .now = now};
	int failed;

	*lines = 0;
	if (spool_open(err, &logs->spool, logs->state))
		return -1;
	if (spool_read(err, &logs->spool, logfile_recover, &recovering)) {
		spool_close(&logs->spool);
		return -1;
	}
	logfiles_flush(logs, now);
	failed = logfiles_waiting(logs);
	for (size_t i = 0; i < BUCKETS; i++)
		while (!LIST_EMPTY(&logs->bucket[i]))
			logfile_put(LIST_FIRST(&logs->bucket[i]));
	if (failed) {
		*err = logs->error;
		spool_close(&logs->spool);
		return -1;
	}
	spool_clear(&logs->spool);
	*lines = recovering.lines;
	return 0;
}

/* --- counts --------------------------------------------------------------------------------------- */

void logfile_count(struct logfile *log, struct stream_counts *counts, int64_t now)
{
	struct db_stream *all = &log->logs->counts.lines;

	if (counts->packets == 0 && counts->lost == 0 && counts->truncated == 0 &&
	    counts->unsent == 0)
		return;
	meta_count(&log->meta, counts);
	all->lost += counts->lost;
	all->truncated += counts->truncated;
	all->late += counts->late;
	all->duplicates += counts->duplicates;
	memset(counts, 0, sizeof(*counts));
	logfile_touch(log, now);
}

void logfile_set_position(
    struct logfile *log, const void *writer, const char *stream, uint64_t next)
{
	log->meta.next = next;
	if (log->writer == writer)
		return;
	log->writer = writer;
	snprintf(log->meta.stream, sizeof(log->meta.stream), "%s", stream);
}

struct meta *logfile_meta(struct logfile *log)
{
	return &log->meta;
}

int logfile_has_news(const struct logfile *log)
{
	return log->news;
}

void logfile_set_indexed(struct logfile *log)
{
	log->news = 0;
}

int64_t logfile_report_due(const struct logfile *log)
{
	return log->report_due;
}

void logfile_set_report_due(struct logfile *log, int64_t due)
{
	log->report_due = due;
}
