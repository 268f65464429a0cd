/* SPDX-License-Identifier: MIT */
/*
 * send: journal lines to the centre, in batches: those after the cursor, and the history before it, which has no
 * numbers. A batch is read, made into arrays and put by one transaction; a part of it that the database refuses is halved
 * until one line is found.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "daemon.h"
#include "store/layout.h"

enum {
	SEND_BYTES_MIN = 16384,
	SEND_SLOW_MS = 5000, /* a batch that took longer: the next one is half as large */
	SEND_FAST_MS = 1000,
};

/* --- one call -------------------------------------------------------------------------------------- */

/* What people set goes first: it is known by its number, and the cursor may only move when it is there. */
static int send_settings(struct err *err, struct relay *relay)
{
	struct batch_arrays *arrays = &relay->arrays;
	struct pq_params params = {0};
	int rc;

	if (!arrays->kind.count)
		return 0;
	pq_put_int(&params, relay->server);
	pq_put_array(&params, &arrays->kind, PQ_TEXT);
	pq_put_array(&params, &arrays->key, PQ_TEXT);
	pq_put_array(&params, &arrays->what, PQ_TEXT);
	pq_put_array(&params, &arrays->value, PQ_TEXT);
	pq_put_array(&params, &arrays->by, PQ_TEXT);
	pq_put_array(&params, &arrays->time, PQ_TIME);
	pq_put_array(&params, &arrays->number, PQ_BIG);
	rc = pq_run(err, &relay->pq,
	    "SELECT lastwords.put_settings($1, $2, $3, $4, $5, $6, $7, $8)", &params);
	pq_params_free(&params);
	return rc;
}

/* The cursor after these rows, and the hash of its line; from: where it is before. */
static int64_t send_cursor(
    const struct batch *batch, size_t first, size_t last, int64_t from, uint8_t hash[32])
{
	for (size_t i = last; i > first; i--) {
		if (batch->rows[i - 1].number <= from)
			continue;
		batch_hash(batch, i - 1, hash);
		return batch->rows[i - 1].number;
	}
	return from;
}

/* Puts rows by one transaction; without: only the cursor. history: the cursor stays. 0/-1. */
static int send_rows(struct err *err, struct relay *relay, const struct batch *batch, size_t first,
    size_t last, int history, int without)
{
	static const char sql[] =
	    "SELECT lastwords.put_batch($1, $2, $3, $4::bytea, $5,"
	    " make_interval(secs => $6), $7, $8, $9, $10, $11, $12, $13, $14, $15,"
	    " $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28,"
	    " $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42)";
	int64_t to = relay->cursor, age = clock_now() - batch->rows[first].time_ms;
	struct pq_params params = {0};
	uint8_t hash[32];
	int rc;

	/* (what fails before the call is no fault of the rows) */
	relay->pq.fault = PQ_FINE;
	if (!history)
		to = send_cursor(batch, first, last, relay->cursor, hash);
	if (batch_make(err, batch, first, without ? first : last, relay->config->state,
		relay->config->central_logs, &relay->arrays) ||
	    send_settings(err, relay))
		return -1;
	pq_put_int(&params, relay->server);
	if (history)
		pq_put_null(&params);
	else
		pq_put_big(&params, relay->cursor);
	if (history)
		pq_put_null(&params);
	else
		pq_put_big(&params, to);
	if (history || to == relay->cursor)
		pq_put_null(&params);
	else
		pq_put_bytes(&params, hash, sizeof(hash));
	pq_put_big(&params, relay->last);
	pq_put_double(&params, age > 0 ? (double)age / 1000 : 0.0);
	batch_put(&params, &relay->arrays);
	rc = pq_run(err, &relay->pq, sql, &params);
	pq_params_free(&params);
	if (rc)
		return -1;
	relay->cursor = to;
	relay->sent += without ? 0 : last - first;
	return 0;
}

/* 1 if the line is such a report itself, which must not lead to another one. */
static int send_is_report(const struct batch *batch, const struct batch_row *row)
{
	return strcmp(row->event, "event") == 0 &&
	       strstr(batch->text + row->pairs, "what=central") != NULL;
}

/* A line that the database does not take is reported and left out. */
static int send_poison(
    struct err *err, struct relay *relay, const struct batch *batch, size_t row, int history)
{
	char text[600];

	snprintf(text, sizeof(text),
	    "the central database refuses event %lld (%s), which is left out: %s",
	    (long long)batch->rows[row].number, batch->rows[row].event, err->msg);
	relay->poison++;
	if (!send_is_report(batch, &batch->rows[row]))
		status_event(relay, "central", text);
	return history ? 0 : send_rows(err, relay, batch, row, row + 1, history, 1);
}

/* All rows; what is refused is searched by halving. 0/-1. */
static int send_all(struct err *err, struct relay *relay, const struct batch *batch, size_t first,
    size_t last, int history)
{
	size_t middle = first + (last - first) / 2;

	if (send_rows(err, relay, batch, first, last, history, 0) == 0)
		return 0;
	if (relay->pq.fault != PQ_DATA)
		return -1;
	if (last - first == 1)
		return send_poison(err, relay, batch, first, history);
	return send_all(err, relay, batch, first, middle, history) ||
		       send_all(err, relay, batch, middle, last, history)
		   ? -1
		   : 0;
}

/* --- after the cursor ------------------------------------------------------------------------------ */

struct send_read {
	struct relay *relay;
	struct batch *batch;
	struct err err;
	int failed;
};

static int send_got(void *arg, struct journal_entry *entry)
{
	struct send_read *read = arg;

	read->failed = batch_add(&read->err, read->batch, entry) != 0;
	return read->failed || read->batch->count >= RELAY_BATCH_EVENTS ||
	       read->batch->text_len >= read->relay->bytes_max;
}

/* Small batches on a slow connection: an answer comes within some seconds. */
static void send_adapt(struct relay *relay)
{
	if (relay->pq.sent_ms > SEND_SLOW_MS && relay->bytes_max > SEND_BYTES_MIN)
		relay->bytes_max /= 2;
	if (relay->pq.sent_ms < SEND_FAST_MS && relay->bytes_max < RELAY_BATCH_BYTES)
		relay->bytes_max *= 2;
}

/* The inode of a journal file; 0 if it does not exist. */
static ino_t send_inode(const struct relay *relay, const char *name)
{
	char dir[FILE_PATH_MAX], path[FILE_PATH_MAX];
	struct err ignored;
	struct stat st;

	if (!name[0] || file_path(&ignored, relay->config->state, LAYOUT_JOURNAL, dir) ||
	    file_path(&ignored, dir, name, path) || stat(path, &st))
		return 0;
	return st.st_ino;
}

int send_seek(struct err *err, struct relay *relay)
{
	relay->inode = 0;
	return journal_seek(err, relay->config->state, relay->cursor, &relay->pos);
}

long send_next(struct err *err, struct relay *relay)
{
	struct send_read read = {.relay = relay, .batch = &relay->batch};
	ino_t inode = send_inode(relay, relay->pos.file);
	struct journal_pos pos;

	if (!relay->inode || inode == relay->inode)
		relay->inode = inode;
	else if (send_seek(err, relay))
		return -1;
	pos = relay->pos;
	batch_clear(&relay->batch);
	if (journal_read_numbered(err, relay->config->state, &pos, send_got, &read) < 0)
		return -1;
	if (read.failed) {
		*err = read.err;
		return -1;
	}
	if (strcmp(pos.file, relay->pos.file) != 0)
		relay->inode = 0;
	if (!relay->batch.count) {
		relay->pos = pos;
		relay->oldest_ms = 0;
		return 0;
	}
	relay->oldest_ms = relay->batch.rows[0].time_ms;
	for (size_t i = 0; i < relay->batch.count; i++)
		if (relay->batch.rows[i].number > relay->last)
			relay->last = relay->batch.rows[i].number;
	if (send_all(err, relay, &relay->batch, 0, relay->batch.count, 0)) {
		relay->bytes_max = SEND_BYTES_MIN;
		return -1;
	}
	send_adapt(relay);
	relay->pos = pos;
	return (long)relay->batch.count;
}

static int send_first(void *arg, struct journal_entry *entry)
{
	*(int64_t *)arg = entry->time_ms;
	return 1;
}

void send_look(struct relay *relay)
{
	const char *state = relay->config->state;
	struct journal_pos pos = relay->pos;
	struct err ignored;
	int64_t last;

	if (journal_last_number(&ignored, state, &last) == 0)
		relay->last = last;
	/* (before the first hello: all of the journal) */
	if (!pos.file[0] && journal_seek(&ignored, state, relay->cursor, &pos))
		return;
	relay->oldest_ms = 0;
	(void)journal_read(&ignored, state, &pos, send_first, &relay->oldest_ms);
}

/* --- history --------------------------------------------------------------------------------------- */

struct send_file {
	struct relay *relay;
	const char *name;
	const struct journal_pos *pos;
	struct batch batch;
	struct err err;
	int failed;
};

static int send_file_got(void *arg, struct journal_entry *entry)
{
	struct send_file *file = arg;

	if (strcmp(file->pos->file, file->name) != 0)
		return 1; /* the next file's */
	if (entry->number >= 0)
		return 0;
	file->failed = batch_add(&file->err, &file->batch, entry) != 0;
	return file->failed || file->batch.count >= RELAY_BATCH_EVENTS ||
	       file->batch.text_len >= file->relay->bytes_max;
}

/* The newest journal file that is older than name ("": the newest of all). 1, 0 none, -1. */
static int send_older(struct err *err, const char *state, const char *name, char older[16])
{
	char dir[FILE_PATH_MAX];
	struct dirent **files;
	int n, found = 0;

	if (file_path(err, state, LAYOUT_JOURNAL, dir))
		return -1;
	n = file_list(err, dir, journal_is_name, &files);
	for (int i = 0; i < n; i++) {
		if (name[0] && strcmp(files[i]->d_name, name) >= 0)
			break;
		snprintf(older, 16, "%.15s", files[i]->d_name);
		found = 1;
	}
	file_list_free(files, n);
	return n < 0 ? -1 : found;
}

static int send_history_done(struct err *err, struct relay *relay, const char *name, int done)
{
	struct pq_params params = {0};
	int rc;

	pq_put_int(&params, relay->server);
	pq_put_text(&params, name);
	pq_put_bool(&params, done);
	rc = pq_run(err, &relay->pq, "SELECT lastwords.put_history($1, $2, $3)", &params);
	pq_params_free(&params);
	if (rc)
		return -1;
	snprintf(relay->history, sizeof(relay->history), "%s", name);
	relay->history_done = done;
	memset(&relay->history_pos, 0, sizeof(relay->history_pos));
	return 0;
}

/* The partitions of the file's month. 0/-1. */
static int send_month(struct err *err, struct relay *relay, const char *name)
{
	struct pq_params params = {0};
	char text[25];
	int64_t month;
	int rc;

	snprintf(text, sizeof(text), "%.7s-01T00:00:00.000Z", name);
	if (clock_parse(text, &month))
		return 0;
	pq_put_int(&params, relay->server);
	pq_put_time(&params, month);
	rc = pq_run(err, &relay->pq, "SELECT lastwords.want_month($1, $2)", &params);
	pq_params_free(&params);
	return rc;
}

/* The next piece of one file. 1 there may be more, 0 the file is done, -1. */
static int send_piece(struct err *err, struct relay *relay, const char *name)
{
	struct journal_pos *pos = &relay->history_pos;
	struct send_file file = {.relay = relay, .name = name, .pos = pos};
	ino_t inode = send_inode(relay, name);
	int rc = 0;

	if (pos->file[0] &&
	    inode != relay->history_inode) /* the file again: to send twice does no harm */
		memset(pos, 0, sizeof(*pos));
	relay->history_inode = inode;

	if (!pos->file[0] && send_month(err, relay, name))
		return -1;
	if (!pos->file[0])
		snprintf(pos->file, sizeof(pos->file), "%.15s", name);
	if (journal_read_numbered(err, relay->config->state, pos, send_file_got, &file) < 0)
		rc = -1;
	if (file.failed)
		rc = (*err = file.err, -1);
	if (rc == 0 && file.batch.count) {
		rc = send_all(err, relay, &file.batch, 0, file.batch.count, 1) ? -1 : 1;
		relay->history_at =
		    clock_monotonic() + 1000 * (int64_t)file.batch.count / RELAY_HISTORY_RATE;
	}
	if (rc < 0) /* the file again, from its beginning */
		memset(pos, 0, sizeof(*pos));
	else if (strcmp(pos->file, name) != 0)
		rc = 0;
	batch_free(&file.batch);
	return rc;
}

long send_history(struct err *err, struct relay *relay, int64_t now)
{
	char name[16] = "";
	int rc;

	if (relay->history_done || now < relay->history_at)
		return 0;
	rc = send_older(err, relay->config->state, relay->history, name);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return send_history_done(err, relay, relay->history, 1) ? -1 : 1;
	rc = send_piece(err, relay, name);
	if (rc == 0)
		return send_history_done(err, relay, name, 0) ? -1 : 1;
	return rc;
}
