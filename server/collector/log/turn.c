/* SPDX-License-Identifier: MIT */
/* turn: which logs are written when: at the end of a turn, or by the spool and later; see
 * logfile.h. */
#include <string.h>

#include "parts.h"

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
		if (!few)
			logfile_prefetch(next);
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
