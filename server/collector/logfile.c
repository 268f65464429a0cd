/* SPDX-License-Identifier: MIT */
/* logfile: whole lines on disk; see logfile.h. */
#include "logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kv.h"
#include "num.h"
#include "prefetch.h"

enum { REREAD_MAX = 4 << 20 }; /* bytes of a log that are looked at for known lines */

void logfiles_raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_max >= LOGFILE_LIMIT)
		return;
	limit.rlim_cur = limit.rlim_max = LOGFILE_LIMIT;
	setrlimit(RLIMIT_NOFILE, &limit);
}

void logfiles_init(struct logfiles *logs, const char *state)
{
	struct rlimit limit;

	memset(logs, 0, sizeof(*logs));
	snprintf(logs->state, sizeof(logs->state), "%s", state);
	logs->fds_max = 128;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
		getrlimit(RLIMIT_NOFILE, &limit);
		/* A quarter is left for the rest of the program. */
		logs->fds_max = limit.rlim_cur / 4 * 3 < LOGFILE_OPEN
				    ? (size_t)limit.rlim_cur / 4 * 3
				    : LOGFILE_OPEN;
	}
	logs->fd_list.fd_next = logs->fd_list.fd_prev = &logs->fd_list;
	logs->dirty_list.dirty_next = logs->dirty_list.dirty_prev = &logs->dirty_list;
	logs->fresh_list.fresh_next = logs->fresh_list.fresh_prev = &logs->fresh_list;
	spool_init(&logs->spool);
}

/* --- lists ---------------------------------------------------------------------------------------- */

static void logfile_mark_clean(struct logfiles *logs, struct logfile *log)
{
	if (log->spool_turn)
		spool_done(&logs->spool, log->spool_turn);
	log->spool_turn = 0;
	if (!log->dirty)
		return;
	log->dirty = 0;
	log->dirty_prev->dirty_next = log->dirty_next;
	log->dirty_next->dirty_prev = log->dirty_prev;
	logs->dirty--;
}

static void logfile_unmark_fresh(struct logfiles *logs, struct logfile *log)
{
	if (!log->fresh)
		return;
	log->fresh = 0;
	log->fresh_prev->fresh_next = log->fresh_next;
	log->fresh_next->fresh_prev = log->fresh_prev;
	logs->fresh--;
}

/* There are news of it. The dirty list is in the order of pending_since: what is due comes first. */
static void logfile_mark_dirty(struct logfiles *logs, struct logfile *log, int64_t now)
{
	if (!log->fresh) {
		log->fresh = 1;
		log->fresh_prev = logs->fresh_list.fresh_prev;
		log->fresh_next = &logs->fresh_list;
		log->fresh_prev->fresh_next = log;
		log->fresh_next->fresh_prev = log;
		logs->fresh++;
	}
	if (log->dirty)
		return;
	log->dirty = 1;
	log->pending_since = now;
	log->dirty_prev = logs->dirty_list.dirty_prev;
	log->dirty_next = &logs->dirty_list;
	log->dirty_prev->dirty_next = log;
	log->dirty_next->dirty_prev = log;
	logs->dirty++;
}

static void logfile_close_meta(struct logfiles *logs, struct logfile *log)
{
	if (log->meta_fd < 0)
		return;
	close(log->meta_fd);
	log->meta_fd = -1;
	logs->fds--;
	logs->meta_fds--;
}

static void logfile_close(struct logfiles *logs, struct logfile *log)
{
	if (log->fd < 0)
		return;
	close(log->fd);
	log->fd = -1;
	logfile_close_meta(logs, log);
	log->fd_prev->fd_next = log->fd_next;
	log->fd_next->fd_prev = log->fd_prev;
	logs->fds--;
}

/* One descriptor less: a meta before a log, because a log takes twice as much to open; of those longest
 * not written first. */
static void logfile_close_one(struct logfiles *logs)
{
	struct logfile *log = logs->fd_list.fd_prev;

	while (logs->meta_fds && log != &logs->fd_list && log->meta_fd < 0)
		log = log->fd_prev;
	if (log == &logs->fd_list || log->meta_fd < 0)
		logfile_close(logs, logs->fd_list.fd_prev);
	else
		logfile_close_meta(logs, log);
}

static unsigned int logfile_bucket(const char *session, const char *name)
{
	unsigned int hash = 5381;

	for (const char *p = *session ? session : name; *p; p++)
		hash = hash * 33 + (unsigned char)*p;
	return hash % LOGFILE_BUCKETS;
}

/* --- paths and meta ------------------------------------------------------------------------------- */

static int logfile_dir(struct logfiles *logs, const struct logfile *log, int create,
    struct err *err, char dir[STATE_PATH_MAX])
{
	struct session session;

	if (!log->session[0])
		return state_path(err, logs->state, "streams", dir);
	if (session_parse(err, log->session, strlen(log->session), &session))
		return -1;
	return state_session_dir(err, logs->state, &session, create ? STATE_LAZY : STATE_LOOK, dir);
}

/* The path of NAME with suffix (".log"). */
static int logfile_path(struct logfiles *logs, const struct logfile *log, const char *suffix,
    int create, struct err *err, char path[STATE_PATH_MAX])
{
	char dir[STATE_PATH_MAX], name[LOGFILE_NAME_MAX + 16];

	if (logfile_dir(logs, log, create, err, dir))
		return -1;
	snprintf(name, sizeof(name), "%s%s", log->name, suffix);
	return state_path(err, dir, name, path);
}

static uint64_t meta_number(const struct kv *kv, const char *key, uint64_t absent)
{
	const char *text = kv_get(kv, key);
	struct err ignored;
	uint64_t n;

	if (!text || num_u64(&ignored, key, text, strlen(text), 0, INT64_MAX, &n))
		return absent;
	return n;
}

static void logfile_read_meta(struct logfiles *logs, struct logfile *log)
{
	char path[STATE_PATH_MAX], text[LOGFILE_META_SIZE + 1];
	struct err ignored;
	struct kv kv;
	const char *stream;

	if (logfile_path(logs, log, ".meta", 0, &ignored, path) ||
	    kv_read_file(&ignored, path, text, sizeof(text), &kv))
		return;
	log->counts.packets = meta_number(&kv, "packets", 0);
	log->counts.lines = meta_number(&kv, "lines", 0);
	log->counts.bytes = meta_number(&kv, "bytes", 0);
	log->counts.lost = meta_number(&kv, "lost", 0);
	log->counts.truncated = meta_number(&kv, "truncated", 0);
	log->counts.late = meta_number(&kv, "late", 0);
	log->counts.duplicates = meta_number(&kv, "duplicates", 0);
	log->dropped = meta_number(&kv, "dropped", 0);
	log->next = meta_number(&kv, "next", STREAM_NO_NEXT);
	log->usec = meta_number(&kv, "usec", NETCONSOLE_NO_TIME);
	log->top_usec = log->usec;
	log->died_ms = (int64_t)meta_number(&kv, "died", 0);
	stream = kv_get(&kv, "stream");
	snprintf(log->stream, sizeof(log->stream), "%s", stream ? stream : "");
}

static int logfile_write_meta(struct logfiles *logs, struct logfile *log, struct err *err)
{
	const struct store_stream *counts = &log->counts;
	char path[STATE_PATH_MAX], text[LOGFILE_META_SIZE];
	struct kv_out out;
	int fd = log->meta_fd, rc = 0;

	kv_out_init(&out, text, sizeof(text));
	if (log->session[0])
		kv_out_pair(&out, '\n', "session", log->session);
	kv_out_pair(&out, '\n', "stream", log->stream);
	kv_out_num(&out, '\n', "packets", counts->packets);
	kv_out_num(&out, '\n', "lines", counts->lines);
	kv_out_num(&out, '\n', "bytes", counts->bytes);
	kv_out_num(&out, '\n', "lost", counts->lost);
	kv_out_num(&out, '\n', "truncated", counts->truncated);
	kv_out_num(&out, '\n', "late", counts->late);
	kv_out_num(&out, '\n', "duplicates", counts->duplicates);
	kv_out_num(&out, '\n', "dropped", log->dropped);
	if (log->next != STREAM_NO_NEXT)
		kv_out_num(&out, '\n', "next", log->next);
	if (log->usec != NETCONSOLE_NO_TIME)
		kv_out_num(&out, '\n', "usec", log->usec);
	kv_out_num(&out, '\n', "died", (unsigned long long)log->died_ms);
	/* Always the same size, so that it is overwritten in one piece and needs no new disk space. */
	memset(text + out.len, '\n', sizeof(text) - out.len);
	if (fd < 0) {
		if (logfile_path(logs, log, ".meta", 0, err, path))
			return -1;
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
		if (fd < 0)
			return err_errno(err, "%s", path);
	}
	if (pwrite(fd, text, sizeof(text), 0) != (ssize_t)sizeof(text))
		rc = err_errno(err, "%s.meta", log->name);
	if (fd == log->meta_fd)
		return rc;
	if (log->fd >= 0 && logs->fds < logs->fds_max / 16 * 15) {
		log->meta_fd = fd;
		logs->fds++;
		logs->meta_fds++;
	} else {
		close(fd);
	}
	return rc;
}

struct logfile *logfile_get(struct logfiles *logs, const char *session, const char *name)
{
	unsigned int bucket = logfile_bucket(session, name);
	struct logfile *log;

	for (log = logs->bucket[bucket]; log; log = log->bucket_next) {
		if (strcmp(log->session, session) == 0 && strcmp(log->name, name) == 0) {
			log->users++;
			return log;
		}
	}
	log = calloc(1, sizeof(*log));
	if (!log)
		return NULL;
	snprintf(log->session, sizeof(log->session), "%s", session);
	snprintf(log->name, sizeof(log->name), "%s", name);
	log->users = 1;
	log->fd = log->meta_fd = -1;
	log->size = -1;
	log->next = STREAM_NO_NEXT;
	log->usec = log->top_usec = log->filter_usec = NETCONSOLE_NO_TIME;
	logfile_read_meta(logs, log);
	log->bucket_next = logs->bucket[bucket];
	logs->bucket[bucket] = log;
	return log;
}

void logfile_put(struct logfiles *logs, struct logfile *log)
{
	struct logfile **at = &logs->bucket[logfile_bucket(log->session, log->name)];

	if (--log->users > 0)
		return;
	logfile_flush(logs, log, 0);
	if (logs->closing)
		logs->closing(logs->closing_arg, log);
	logfile_close(logs, log);
	logfile_mark_clean(logs, log);
	logfile_unmark_fresh(logs, log);
	logs->pending -= log->pending_len;
	while (*at != log)
		at = &(*at)->bucket_next;
	*at = log->bucket_next;
	seen_free(&log->seen);
	free(log->pending);
	free(log);
}

/* --- the file ------------------------------------------------------------------------------------- */

static int logfile_open(struct logfiles *logs, struct logfile *log, int create, struct err *err)
{
	char path[STATE_PATH_MAX];
	struct stat st;
	char last;
	int fd;

	if (log->fd >= 0) {
		/* most recently used goes to the front */
		log->fd_prev->fd_next = log->fd_next;
		log->fd_next->fd_prev = log->fd_prev;
	} else {
		if (logfile_path(logs, log, ".log", 0, err, path))
			return -1;
		fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | (create ? O_CREAT : 0),
		    0640);
		if (fd < 0 && errno == ENOENT && create) {
			if (log->session[0] ? logfile_path(logs, log, ".log", 1, err, path)
					    : state_make(err, logs->state))
				return -1;
			fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_CREAT, 0640);
		}
		if (fd < 0)
			return err_errno(err, "%s", path);
		if (fstat(fd, &st)) {
			err_errno(err, "%s", path);
			close(fd);
			return -1;
		}
		log->size = st.st_size;
		log->inode = st.st_ino;
		log->torn =
		    st.st_size > 0 && pread(fd, &last, 1, st.st_size - 1) == 1 && last != '\n';
		log->fd = fd;
		if (++logs->fds > logs->fds_max)
			logfile_close_one(logs);
	}
	log->fd_next = logs->fd_list.fd_next;
	log->fd_prev = &logs->fd_list;
	log->fd_next->fd_prev = log;
	log->fd_prev->fd_next = log;
	return 0;
}

static void logfile_rotate(struct logfiles *logs, struct logfile *log)
{
	char from[STATE_PATH_MAX], to[STATE_PATH_MAX];
	struct err ignored;

	if (logfile_path(logs, log, ".log", 0, &ignored, from) ||
	    logfile_path(logs, log, ".log.1", 0, &ignored, to))
		return;
	logfile_close(logs, log);
	if (rename(from, to) == 0)
		log->size = 0;
}

static int logfile_write(struct logfiles *logs, struct logfile *log, struct err *err)
{
	int64_t max = log->session[0] ? LOGFILE_SESSION_MAX : LOGFILE_APART_MAX;
	char mark[96];
	int n = 0;

	if (log->pending_len == 0)
		return 0;
	if (logs->full)
		return err_set(err, "%s of %s is not written: less than half of disk_floor is free",
		    log->name, log->session[0] ? log->session : "no session");
	if (logfile_open(logs, log, 1, err))
		return -1;
	/* Not while the spool says where the lines are in this file. */
	if (log->size > 0 && log->size + (int64_t)log->pending_len > max && !log->spooled) {
		logfile_rotate(logs, log);
		if (logfile_open(logs, log, 1, err))
			return -1;
	}
	if (log->torn || log->unwritten) {
		n = snprintf(mark, sizeof(mark), "%s", log->torn ? "\n" : "");
		if (log->unwritten)
			n += snprintf(mark + n, sizeof(mark) - (size_t)n,
			    "[lastwords: %llu lines not kept]\n",
			    (unsigned long long)log->unwritten);
		if (write(log->fd, mark, (size_t)n) != n)
			goto fail;
		log->size += n;
		log->torn = 0;
		log->unwritten = 0;
	}
	if (write(log->fd, log->pending, log->pending_len) != (ssize_t)log->pending_len)
		goto fail;
	log->size += (int64_t)log->pending_len;
	logs->pending -= log->pending_len;
	log->pending_len = log->spooled = 0;
	free(log->pending);
	log->pending = NULL;
	log->pending_size = 0;
	return 0;
fail:
	if (errno == 0)
		errno = ENOSPC;
	err_errno(err, "%s of %s", log->name, log->session[0] ? log->session : "no session");
	/* Whole lines only: what went in is taken out again. */
	if (ftruncate(log->fd, log->size))
		log->torn = 1;
	logfile_close(logs, log);
	return -1;
}

void logfile_flush(struct logfiles *logs, struct logfile *log, int64_t now)
{
	struct err err;

	if (!log->dirty)
		return;
	errno = 0;
	if (logfile_write(logs, log, &err) || logfile_write_meta(logs, log, &err)) {
		logs->write_errors++;
		logs->last_error = err;
		log->retry_at = now + LOGFILE_RETRY_MS;
		return;
	}
	log->retry_at = 0;
	logfile_mark_clean(logs, log);
}

void logfile_forget(struct logfiles *logs, const char *session, const char *name)
{
	struct logfile *log = logs->bucket[logfile_bucket(session, name)];

	while (log && (strcmp(log->session, session) != 0 || strcmp(log->name, name) != 0))
		log = log->bucket_next;
	if (!log)
		return;
	logfile_close(logs, log);
	log->size = -1;
	log->filtering = 0;
	seen_free(&log->seen);
	log->spooled = 0; /* that was of the file that is gone */
}

void logfile_prefetch(const struct logfile *log)
{
	prefetch_lines(log, offsetof(struct logfile, dirty_next));
}

void logfile_prefetch_more(const struct logfile *log)
{
	if (log->pending)
		prefetch_lines(log->pending + log->pending_len, 2 * PREFETCH_LINE);
}

/* --- turns ---------------------------------------------------------------------------------------- */

/* What of the log is new goes to the spool. 0, or -1: it must be written. */
static int logfile_spool(struct logfiles *logs, struct logfile *log)
{
	struct spool_record record = {.session = log->session,
	    .name = log->name,
	    .stream = log->stream,
	    .text = log->pending ? log->pending + log->spooled : "",
	    .len = log->pending_len - log->spooled};
	struct err ignored;

	/* logfile_write would put something in front of the lines, or begin another file. */
	if (logs->full || !log->session[0] || log->direct || log->died_ms ||
	    log->pending_len > LOGFILE_SPOOLED_MAX ||
	    (log->fd < 0 && logfile_open(logs, log, 1, &ignored)) || log->torn || log->unwritten ||
	    log->size + (int64_t)log->pending_len > LOGFILE_SESSION_MAX)
		return -1;
	record.state = (struct spool_state){.inode = log->inode,
	    .at = log->size + (int64_t)log->spooled,
	    .counts = log->counts,
	    .dropped = log->dropped,
	    .next = log->next,
	    .usec = log->usec,
	    .died_ms = log->died_ms};
	if (spool_add(&logs->spool, &record))
		return -1;
	log->spooled = log->pending_len;
	if (!log->spool_turn)
		log->spool_turn = spool_hold(&logs->spool);
	return 0;
}

void logfiles_turn(struct logfiles *logs, int64_t now)
{
	int few = logs->fresh <= LOGFILE_FEW;
	struct logfile *next;

	if (!few)
		logs->spooling = spool_ready(&logs->spool, now);
	for (struct logfile *log = logs->fresh_list.fresh_next; log != &logs->fresh_list;
	     log = next) {
		next = log->fresh_next;
		if (!log->dirty || log->retry_at ||
		    (!few && logs->spooling && logfile_spool(logs, log) == 0)) {
			logfile_unmark_fresh(logs, log);
		} else if (few || log->died_ms || log->pending_len > LOGFILE_SPOOLED_MAX ||
			   now - log->pending_since >= LOGFILE_FLUSH_MS) {
			logfile_unmark_fresh(logs, log);
			logfile_flush(logs, log, now);
		}
	}
	if (!few && spool_write(&logs->spool)) {
		logs->spooling = 0;
		logfiles_flush(logs, now);
	}
}

int logfiles_tick(struct logfiles *logs, int64_t now)
{
	int64_t wait = LOGFILE_FLUSH_MS;
	struct logfile *next;
	int turn = LOGFILE_TURN;

	if (logs->spooling && (int64_t)logs->dirty / LOGFILE_LAG_LOGS > wait)
		wait = (int64_t)logs->dirty / LOGFILE_LAG_LOGS;
	if (wait > LOGFILE_LAG_MS)
		wait = LOGFILE_LAG_MS;
	for (struct logfile *log = logs->dirty_list.dirty_next; log != &logs->dirty_list;
	     log = next) {
		next = log->dirty_next;
		if (log->retry_at) {
			if (now < log->retry_at)
				continue;
		} else if (now - log->pending_since < wait) {
			break;
		}
		if (turn-- == 0)
			return 2;
		logfile_flush(logs, log, now);
	}
	return logs->dirty_list.dirty_next != &logs->dirty_list;
}

void logfiles_flush(struct logfiles *logs, int64_t now)
{
	struct logfile *next;

	for (struct logfile *log = logs->dirty_list.dirty_next; log != &logs->dirty_list;
	     log = next) {
		next = log->dirty_next;
		logfile_flush(logs, log, now);
	}
}

/* --- lines ---------------------------------------------------------------------------------------- */

static int logfile_append(
    struct logfiles *logs, struct logfile *log, const char *text, size_t len, int64_t now)
{
	if (log->pending_len + len + 1 > LOGFILE_PENDING_MAX ||
	    logs->pending + len + 1 > LOGFILE_PENDING_ALL)
		return -1;
	if (log->pending_len + len + 1 > log->pending_size) {
		size_t size = log->pending_size ? log->pending_size * 2 : 2048;
		char *bigger;

		while (size < log->pending_len + len + 1)
			size *= 2;
		bigger = realloc(log->pending, size);
		if (!bigger)
			return -1;
		log->pending = bigger;
		log->pending_size = size;
	}
	memcpy(log->pending + log->pending_len, text, len);
	log->pending[log->pending_len + len] = '\n';
	log->pending_len += len + 1;
	logs->pending += len + 1;
	logfile_mark_dirty(logs, log, now);
	return 0;
}

int logfile_line(struct logfiles *logs, struct logfile *log, const char *text, size_t len,
    uint64_t usec, int mark, int64_t now)
{
	log->counts_dirty = 1;
	logfile_mark_dirty(logs, log, now);
	if (log->filtering && usec != NETCONSOLE_NO_TIME) {
		if (log->filter_usec != NETCONSOLE_NO_TIME && usec <= log->filter_usec) {
			if (seen_has(&log->seen, text, len)) {
				log->counts.duplicates++;
				logs->all.duplicates++;
				return 0;
			}
			log->counts.late++;
			logs->all.late++;
			if (log->counts.lost)
				log->counts.lost--;
		} else if (log->users < 2) {
			log->filtering = 0;
			seen_free(&log->seen);
		}
	}
	if (logfile_append(logs, log, text, len, now)) {
		if (!log->retry_at) {
			logfile_flush(logs, log, now);
			if (!log->retry_at && logfile_append(logs, log, text, len, now) == 0)
				goto taken;
		}
		log->dropped++;
		log->unwritten++;
		logs->dropped++;
		return 0;
	}
taken:
	log->counts.lines += !mark;
	logs->all.lines += !mark;
	if (usec != NETCONSOLE_NO_TIME) {
		if (log->top_usec == NETCONSOLE_NO_TIME || usec > log->top_usec)
			log->top_usec = usec;
		if (log->filtering) {
			seen_add(&log->seen, text, len);
			if (log->users > 1)
				log->filter_usec = log->top_usec;
		}
	}
	return 1;
}

/* Gives each whole line from offset on to got(). 0/-1. */
static int logfile_read_lines(struct logfile *log, int64_t offset, int64_t end,
    void (*got)(void *arg, const char *text, size_t len), void *arg)
{
	size_t len = (size_t)(end - offset), have = 0;
	char *text = malloc(len + 1), *at;

	if (!text)
		return -1;
	while (have < len) {
		ssize_t n = pread(log->fd, text + have, len - have, offset + (int64_t)have);

		if (n <= 0)
			break;
		have += (size_t)n;
	}
	at = text;
	for (char *stop; (stop = memchr(at, '\n', have - (size_t)(at - text))) != NULL;
	     at = stop + 1)
		got(arg, at, (size_t)(stop - at));
	free(text);
	return have == len ? 0 : -1;
}

static void logfile_learn(void *arg, const char *text, size_t len)
{
	struct logfile *log = arg;
	uint64_t usec = netconsole_line_usec(text, len);

	if (usec == NETCONSOLE_NO_TIME)
		return;
	if (log->top_usec == NETCONSOLE_NO_TIME || usec > log->top_usec)
		log->top_usec = usec;
	seen_add(&log->seen, text, len);
}

static void logfile_load_seen(struct logfiles *logs, struct logfile *log)
{
	struct err ignored;

	seen_free(&log->seen);
	if (logfile_open(logs, log, 0, &ignored))
		return;
	logfile_read_lines(log, log->size > REREAD_MAX ? log->size - REREAD_MAX : 0, log->size,
	    logfile_learn, log);
}

void logfile_filter(struct logfiles *logs, struct logfile *log, int64_t now)
{
	if (!log->filtering) {
		logfile_flush(logs, log, now);
		logfile_load_seen(logs, log);
	}
	log->filtering = log->seen.count > 0 || log->users > 1;
	log->filter_usec = log->top_usec;
}

int logfile_has(struct logfiles *logs, struct logfile *log, const char *text, size_t len)
{
	if (!log->seen.count) {
		logfile_flush(logs, log, 0);
		logfile_load_seen(logs, log);
	}
	return seen_has(&log->seen, text, len);
}

int64_t logfile_size(struct logfiles *logs, struct logfile *log)
{
	struct err ignored;

	if (log->size < 0 && logfile_open(logs, log, 0, &ignored))
		log->size = 0;
	return log->size + (int64_t)log->pending_len;
}

int logfile_take_back(struct logfiles *logs, struct logfile *log, int64_t offset, int64_t now,
    void (*got)(void *arg, const char *text, size_t len), void *arg)
{
	struct err ignored;
	int64_t end;

	logfile_flush(logs, log, now);
	if (log->pending_len || logfile_open(logs, log, 0, &ignored))
		return -1;
	end = log->size;
	if (offset > end || end - offset > LOGFILE_SESSION_MAX ||
	    logfile_read_lines(log, offset, end, got, arg) || ftruncate(log->fd, offset))
		return -1;
	log->size = offset;
	log->counts_dirty = 1;
	logfile_mark_dirty(logs, log, now);
	return 0;
}

void logfile_count(
    struct logfiles *logs, struct logfile *log, struct stream_counts *counts, int64_t now)
{
	if (counts->packets == 0 && counts->lost == 0 && counts->truncated == 0)
		return;
	log->counts.packets += counts->packets;
	log->counts.bytes += counts->bytes;
	log->counts.lost += counts->lost;
	log->counts.lost -= counts->found < log->counts.lost ? counts->found : log->counts.lost;
	log->counts.truncated += counts->truncated;
	log->counts.late += counts->late;
	log->counts.duplicates += counts->duplicates;
	logs->all.lost += counts->lost;
	logs->all.truncated += counts->truncated;
	logs->all.late += counts->late;
	logs->all.duplicates += counts->duplicates;
	memset(counts, 0, sizeof(*counts));
	log->counts_dirty = 1;
	logfile_mark_dirty(logs, log, now);
}

/* --- what a killed collector left ----------------------------------------------------------------- */

struct recovering {
	struct logfiles *logs;
	int64_t now;
};

/* How much of the record the file has: all of it, its beginning, nothing; -1: it is not its place. */
static int64_t logfile_overlap(const struct logfile *log, const struct spool_record *record)
{
	int64_t there = log->size + (int64_t)log->pending_len - record->state.at;
	char text[SPOOL_TEXT_MAX];

	if (log->inode != record->state.inode || there < 0)
		return -1;
	if (there >= (int64_t)record->len)
		return (int64_t)record->len;
	if (there > 0 &&
	    (log->pending_len || pread(log->fd, text, (size_t)there, record->state.at) != there ||
		memcmp(text, record->text, (size_t)there) != 0))
		return -1;
	return there;
}

static void logfile_recover(void *arg, const struct spool_record *record)
{
	struct recovering *recovering = arg;
	struct logfiles *logs = recovering->logs;
	const char *text = record->text;
	size_t len = record->len;
	struct logfile *log;
	struct err ignored;
	int64_t there;

	if (strlen(record->session) > SESSION_ID_MAX || strlen(record->name) >= LOGFILE_NAME_MAX ||
	    strlen(record->stream) >= LOGFILE_NAME_MAX)
		return;
	log = logfile_get(logs, record->session, record->name);
	if (!log)
		return;
	if (log->users > 1)
		log->users--; /* the first keeps it until the end */
	if (logfile_open(logs, log, 0, &ignored) || (there = logfile_overlap(log, record)) < 0)
		return;
	if (there > 0 && (size_t)there < len)
		log->torn = 0; /* what is missing follows */
	text += there;
	len -= (size_t)there;
	for (const char *stop; len && (stop = memchr(text, '\n', len)) != NULL;) {
		size_t n = (size_t)(stop - text);

		if (logfile_append(logs, log, text, n, recovering->now)) {
			logfile_flush(logs, log, recovering->now);
			if (logfile_append(logs, log, text, n, recovering->now))
				return;
		}
		logs->recovered++;
		text += n + 1;
		len -= n + 1;
	}
	if (record->state.counts.packets < log->counts.packets)
		return;
	log->counts = record->state.counts;
	log->dropped = record->state.dropped;
	log->next = record->state.next;
	log->usec = log->top_usec = record->state.usec;
	log->died_ms = record->state.died_ms;
	snprintf(log->stream, sizeof(log->stream), "%s", record->stream);
	log->counts_dirty = 1;
	logfile_mark_dirty(logs, log, recovering->now);
}

int logfiles_open(struct err *err, struct logfiles *logs, int64_t now)
{
	struct recovering recovering = {.logs = logs, .now = now};
	int failed;

	if (spool_open(err, &logs->spool, logs->state))
		return -1;
	if (spool_read(err, &logs->spool, logfile_recover, &recovering)) {
		spool_close(&logs->spool);
		return -1;
	}
	logfiles_flush(logs, now);
	failed = logs->dirty > 0;
	for (size_t i = 0; i < LOGFILE_BUCKETS; i++)
		while (logs->bucket[i])
			logfile_put(logs, logs->bucket[i]);
	if (failed) {
		*err = logs->last_error;
		spool_close(&logs->spool);
		return -1;
	}
	spool_clear(&logs->spool);
	return 0;
}

void logfiles_close(struct logfiles *logs)
{
	if (logs->dirty == 0)
		spool_clear(&logs->spool);
	spool_close(&logs->spool);
}
