/* SPDX-License-Identifier: MIT */
/* logfile: the logs, each one's coming and going, and the lists of those with news; see logfile.h. What
 * is done to them is in the parts that parts.h lists. */
#include "logfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "parts.h"

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
	rlim_t spare;

	memset(logs, 0, sizeof(*logs));
	snprintf(logs->state, sizeof(logs->state), "%s", state);
	logs->fds_max = 128;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
		getrlimit(RLIMIT_NOFILE, &limit);
		spare = limit.rlim_cur / 4 < LOGFILE_SPARE ? limit.rlim_cur / 4 : LOGFILE_SPARE;
		logs->fds_max = limit.rlim_cur - spare < LOGFILE_OPEN
				    ? (size_t)(limit.rlim_cur - spare)
				    : LOGFILE_OPEN;
	}
	logs->fd_list.fd_next = logs->fd_list.fd_prev = &logs->fd_list;
	logs->dirty_list.dirty_next = logs->dirty_list.dirty_prev = &logs->dirty_list;
	logs->fresh_list.fresh_next = logs->fresh_list.fresh_prev = &logs->fresh_list;
	spool_init(&logs->spool);
}

/* --- lists ---------------------------------------------------------------------------------------- */

void logfile_mark_clean(struct logfiles *logs, struct logfile *log)
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

void logfile_unmark_fresh(struct logfiles *logs, struct logfile *log)
{
	if (!log->fresh)
		return;
	log->fresh = 0;
	log->fresh_prev->fresh_next = log->fresh_next;
	log->fresh_next->fresh_prev = log->fresh_prev;
	logs->fresh--;
}

void logfile_mark_dirty(struct logfiles *logs, struct logfile *log, int64_t now)
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

/* --- one log -------------------------------------------------------------------------------------- */

static unsigned int logfile_bucket(const char *session, const char *name)
{
	unsigned int hash = 5381;

	for (const char *p = *session ? session : name; *p; p++)
		hash = hash * 33 + (unsigned char)*p;
	return hash % LOGFILE_BUCKETS;
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
