/* SPDX-License-Identifier: MIT */
/*
 * batch: journal lines on their way to put_batch (schema/003.sql): the rows of events, and what they say of sessions,
 * by the rules of the index (store/db_write.c). Pure, but that batch_make reads counts from the sessions' directories.
 */
#ifndef LASTWORDS_RELAY_BATCH_H
#define LASTWORDS_RELAY_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "pq.h"
#include "store/journal.h"

enum { BATCH_TEXT_MAX = 256, BATCH_COUNTS = 7 };

/* One line; what it points to is the batch's. */
struct batch_row {
	int64_t number, time_ms;
	char event[JOURNAL_EVENT_MAX + 1];
	char session[SESSION_ID_MAX + 1]; /* "-" none */
	size_t pairs, len; /* in batch->text; NUL-terminated there */
};

struct batch {
	struct batch_row *rows;
	size_t count, room;
	char *text;
	size_t text_len, text_room;
};

void batch_clear(struct batch *batch);
void batch_free(struct batch *batch);
/* Appends a line. 0/-1. */
int batch_add(struct err *err, struct batch *batch, const struct journal_entry *entry);
/* SHA-256 of a row, for server.cursor_hash. */
void batch_hash(const struct batch *batch, size_t row, uint8_t hash[32]);

/* The arguments of put_batch from e_number on. */
enum { BATCH_ARRAYS = 36 };
struct batch_arrays {
	struct pq_array array[BATCH_ARRAYS];
	/* Settings (put_settings), of triage, override and keep. */
	struct pq_array kind, key, what, value, by, time, number;
};
/*
 * Makes them of the rows from first to before last, which they point to. state: where the sessions' counts are read,
 * NULL: none. 0, or -1 out of memory.
 */
int batch_make(struct err *err, const struct batch *batch, size_t first, size_t last,
    const char *state, enum config_logs logs, struct batch_arrays *arrays);
/* Appends the arguments. */
void batch_put(struct pq_params *params, struct batch_arrays *arrays);
void batch_arrays_free(struct batch_arrays *arrays);

/* Text that the database takes: UTF-8 without NUL, at most max bytes; what is not becomes U+FFFD. to has room for max + 1
 * bytes. Returns how many it has. */
size_t batch_text(char *to, size_t max, const char *text, size_t len);

#endif
