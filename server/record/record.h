/* SPDX-License-Identifier: MIT */
/*
 * record: the one log of a session, made from everything that its directory has (timeline.h has the
 * rule), and the files that keep it:
 *
 *   record.txt    the lines, plain text as dmesg prints them
 *   record.channels  which channel brought which stretch: "FIRST LAST CHANNELS [differs] [hole]", line numbers
 *                 from 1, e.g. "1 812 http,netconsole"
 *   record.meta   (kv.h) lines, holes, differing; for each channel its own count of lines;
 *                 product; and
 *                 what the report says, as far as it does: title, class, function, signature,
 *                 severity, corrupted, release, build-id, task, pid, cpu, taint, hardware, modules,
 *                 rip, uptime (microseconds)
 *
 * They are made again from the other files at any time (store/update.h does it), so nobody waits for a disk.
 * A channel's text is read up to RECORD_LOG_MAX bytes. Of several dumps those without holes come first.
 */
#ifndef LASTWORDS_RECORD_H
#define LASTWORDS_RECORD_H

#include "base/file.h"
#include "report/report.h"
#include "timeline.h"

enum {
	RECORD_UPLOADS_MAX = 16,
	RECORD_LOG_MAX = 64 << 20,
	RECORD_TEXTS_MAX = RECORD_UPLOADS_MAX + 3
};

/*
 * The file of a session's NUMBERth upload (from 1): "dmesg.SUFFIX", "dmesg-2.SUFFIX" … SUFFIX is "txt" or
 * "meta".
 */
enum { RECORD_NAME_MAX = 32 }; /* bytes, with the NUL */
void record_upload_name(int number, const char *suffix, char name[RECORD_NAME_MAX]);

struct record_text {
	char name[32]; /* "dmesg-2.txt", "netconsole.log" */
	char *text; /* what the channel brought */
	size_t len, lines;
	unsigned int channel; /* TIMELINE_… */
	int holes; /* the dump was told to have holes */
	char build_id[REPORT_BUILD_ID_MAX + 1]; /* the dump's kernel's, by its meta; "" unknown */
};

struct record {
	struct record_text text[RECORD_TEXTS_MAX];
	size_t texts;
	unsigned int channels; /* which brought anything */
	struct timeline timeline;
};

/* Reads and merges what there is; a session without logs gives a record without lines. 0, or -1 with
 * nothing to free. */
int record_load(struct err *err, const char *dir, struct record *record);
void record_free(struct record *record);
/* The lines as one text, malloc'ed; the caller frees. NULL out of memory. */
char *record_render(const struct record *record, size_t *len);
/* Finds the report in the record's lines. 0, or -1 out of memory; then *title has none. */
int record_report(struct err *err, const struct record *record, struct report *report);
/* Writes the three files; title is the lines' own, product the machine's ("" not known). 0/-1. */
int record_write(struct err *err, const char *dir, const struct record *record,
    const struct report *report, const char *product);
/* What record.meta says of the report; what it does not say is as report_find leaves it without one.
 * 0, or -1 if there is no record.meta, or it tells of no report. */
int record_read_report(const char *dir, struct report *report);

#endif
