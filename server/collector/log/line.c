/* SPDX-License-Identifier: MIT */
/* line: lines and counts come to a log, in memory; see logfile.h. No file is touched but where
 * there is no more room for a line. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "collector/wire/prefetch.h"
#include "parts.h"

void logfile_prefetch(const struct logfile *log)
{
	prefetch_lines(log, offsetof(struct logfile, dirty_next));
}

void logfile_prefetch_more(const struct logfile *log)
{
	if (log->pending)
		prefetch_lines(log->pending + log->pending_len, 2 * PREFETCH_LINE);
}

int logfile_append(
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
