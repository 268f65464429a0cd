/* SPDX-License-Identifier: MIT */
/* log_seen: what a log has already, read back from its file: lines not to be taken twice, and
 * lines taken back; see logfile.h. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parts.h"

enum { REREAD_MAX = 4 << 20 }; /* bytes of a log that are looked at for known lines */

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
