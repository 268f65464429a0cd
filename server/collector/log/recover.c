/* SPDX-License-Identifier: MIT */
/* recover: the spool opened and closed, and what a killed collector left in it brought to its
 * logs; see logfile.h and spool.h. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "parts.h"

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
