/* SPDX-License-Identifier: MIT */
/*
 * record: the one log of a session, made from everything that its directory has (timeline.h has the
 * rule), and the files that keep it:
 *
 *   record.txt    the lines, plain text as dmesg prints them
 *   record.ropes  which rope brought which stretch: "FIRST LAST ROPES [differs] [hole]", line numbers
 *                 from 1, e.g. "1 812 http,netconsole"
 *   record.meta   (kv.h) lines, holes, differing; for each rope its own count of lines;
 *                 product; and
 *                 what the report says, as far as it does: title, class, function, signature,
 *                 severity, corrupted, release, build-id, task, pid, cpu, taint, hardware, modules,
 *                 rip, uptime (microseconds)
 *
 * They are made again from the other files at any time (index.h does it), so nobody waits for a disk.
 * A rope's text is read up to RECORD_LOG_MAX bytes. Of several dumps those without holes come first.
 */
#ifndef LASTWORDS_RECORD_H
#define LASTWORDS_RECORD_H

#include "state.h"
#include "timeline.h"
#include "title.h"

enum { RECORD_LOG_MAX = 64 << 20, RECORD_TEXTS_MAX = STATE_UPLOADS_MAX + 3 };

struct record_text {
	char name[32]; /* "dmesg-2.txt", "netconsole.log" */
	char *text; /* what the rope brought */
	size_t len, lines;
	unsigned int rope; /* TIMELINE_… */
	int holes; /* the dump was told to have holes */
	char build_id[TITLE_BUILD_ID_MAX + 1]; /* the dump's kernel's, by its meta; "" unknown */
};

struct record {
	struct record_text text[RECORD_TEXTS_MAX];
	size_t texts;
	unsigned int ropes; /* which brought anything */
	struct timeline timeline;
};

/* Reads and merges what there is; a session without logs gives a record without lines. 0, or -1 with
 * nothing to free. */
int record_load(struct err *err, const char *dir, struct record *record);
void record_free(struct record *record);
/* The lines as one text, malloc'ed; the caller frees. NULL out of memory. */
char *record_render(const struct record *record, size_t *len);
/* Finds the report in the record's lines. 0, or -1 out of memory; then *title has none. */
int record_title(struct err *err, const struct record *record, struct title *title);
/* Writes the three files; title is the lines' own, product the machine's ("" not known). 0/-1. */
int record_write(struct err *err, const char *dir, const struct record *record,
    const struct title *title, const char *product);
/* What record.meta says of the report; what it does not say is as title_find leaves it without one.
 * 0, or -1 if there is no record.meta, or it tells of no report. */
int record_read_title(const char *dir, struct title *title);

#endif
