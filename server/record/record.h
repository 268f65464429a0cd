/* SPDX-License-Identifier: MIT */
/*
 * record: a session's one log, merged from all files of its directory (timeline.h has the rule), and
 * the files that keep it:
 *
 *   record.txt       the lines, plain text as dmesg prints them
 *   record.channels  the channels of each stretch: "FIRST LAST CHANNELS [differs] [hole]", line numbers
 *                    from 1, e.g. "1 812 http,netconsole"
 *   record.levels    the kernel's level of each stretch of lines, where it is known: "FIRST LAST LEVEL"; from the
 *                    metadata of dumps and of netconsole's log (base/levels.h), and from "<N>" in the lines
 *   record.meta      (kv.h) lines, holes, differing; each channel's count of lines; product; and from
 *                    the report, where known: title, class, function, signature, severity, corrupted,
 *                    release, build-id, task, pid, cpu, taint, hardware, modules, rip, uptime
 *                    (microseconds); report-line and report-at: the line of record.txt, from 1, in which the
 *                    report begins, and its first byte's offset, from 0; netconsole-crash, console-crash: 1
 *                    if the lines of netconsole, or of the console, alone have a crash; title-by: pstore, if only
 *                    pstore's lines give this title; autopsy, if the log names no function and the
 *                    autopsy does (autopsy.h)
 *
 * They can be made again from the other files at any time (store/update.h does), so they are not
 * synced. Dumps without holes come first.
 */
#ifndef LASTWORDS_RECORD_RECORD_H
#define LASTWORDS_RECORD_RECORD_H

#include "base/file.h"
#include "base/levels.h"
#include "report/report.h"
#include "timeline.h"

/*
 * The kinds of upload. Each has places of its own, so that no kind uses up another's: what comes from pstore
 * is sent under the token of a later session, and must not displace what a session sends itself. A new kind
 * is one more row of record_kinds[].
 */
enum { RECORD_DMESG, RECORD_PSTORE, RECORD_AUTOPSY, RECORD_SCRIPT, RECORD_FIRMWARE, RECORD_KINDS };
enum {
	RECORD_DMESG_MAX = 16,
	RECORD_PSTORE_MAX = 4,
	RECORD_AUTOPSY_MAX = 2,
	RECORD_SCRIPT_MAX = 1,
	RECORD_FIRMWARE_MAX = 4,
	RECORD_UPLOADS_MAX = RECORD_DMESG_MAX + RECORD_PSTORE_MAX + RECORD_AUTOPSY_MAX +
			     RECORD_SCRIPT_MAX + RECORD_FIRMWARE_MAX
};
struct record_kind {
	const char *channel; /* its name in metadata and journal */
	const char *name, *more; /* of the first file, and of "MORE-2" … */
	int first, places; /* numbers of its uploads: places, from first */
	unsigned int line_channel; /* TIMELINE_… of its lines; 0: it is no log */
	int of_crash; /* who sends it has crashed */
	const char *event; /* the journal's, of an upload */
};
extern const struct record_kind record_kinds[RECORD_KINDS];

enum { RECORD_NAME_MAX = 32 }; /* bytes, with the NUL */
/* The file name of an upload, numbered from 1 through all kinds: "dmesg.SUFFIX", "dmesg-2.SUFFIX" …,
 * "pstore-1.SUFFIX" …; suffix is "txt" or "meta". Returns its kind. */
const struct record_kind *record_upload_name(
    int number, const char *suffix, char name[RECORD_NAME_MAX]);
/* The number of the upload with this file name ("….txt"); 0: not an upload's. */
int record_upload_number(const char *name);

enum {
	/* What is merged, at most: of all uploads together, of netconsole, and of the console. Beyond it the
	 * beginning is left out, and marked: the crash is at the end. (store/merge.h has the memory and time for it.) */
	RECORD_LOG_MAX = 64 << 20, /* bytes */
	RECORD_LINES_MAX = 500000,
	RECORD_UPLOAD_LINES_MAX = 1 << 20, /* of the uploads: a kernel's log may be long */
	RECORD_ALL_LINES_MAX = 1500000, /* of all; the uploads come first, then netconsole */
	RECORD_TEXTS_MAX = RECORD_UPLOADS_MAX + 5
};

/*
 * Appends the last max bytes of dir/name to *text, which has room for a NUL more. *left_out: how many bytes are
 * before them. 0, 1 if there is no such file, or -1; *text (malloc'ed) is the caller's in each case.
 */
int record_read(struct err *err, const char *dir, const char *name, size_t max, char **text,
    size_t *len, size_t *left_out);

struct record_text {
	char name[RECORD_NAME_MAX]; /* "dmesg-2.txt", "netconsole.log", "console.log" */
	char *text;
	size_t len, lines;
	unsigned int channel; /* TIMELINE_… */
	int holes; /* the dump has holes, by its meta */
	int untimed; /* a console's, with lines of programs too (serial/serial.h) */
	char build_id[REPORT_BUILD_ID_MAX + 1]; /* of the dump's kernel, by its meta; "" unknown */
	char levels[LEVELS_TEXT]; /* of its lines, by its meta; "" unknown */
	/* How many lines after the text's end levels describe as well; negative: so many at its end they do not. */
	long levels_after;
	int cut; /* its beginning was left out */
};

struct record {
	struct record_text text[RECORD_TEXTS_MAX];
	size_t texts;
	unsigned int channels; /* that have lines */
	struct timeline timeline;
};

/* Reads and merges the logs of dir; without any the record has no lines. 0, or -1 with nothing to
 * free. */
int record_load(struct err *err, const char *dir, struct record *record);
void record_free(struct record *record);
/* The lines as one text, malloc'ed; the caller frees. NULL out of memory. */
char *record_render(const struct record *record, size_t *len);
/* Finds the report in the record's lines; once the session has a dump of its own, without those that only
 * pstore has (its line and offset count all). Where they name no function, dir's autopsy may. 0, or -1 out of memory;
 * then *report has none. */
int record_report(
    struct err *err, const char *dir, const struct record *record, struct report *report);
/*
 * The lines' levels as record.levels has them, malloc'ed; the caller frees. NULL out of memory. (levels.c)
 */
char *record_render_levels(const struct record *record, size_t *len);
/* Writes the four files; product is the machine's, "" unknown. 0/-1. */
int record_write(struct err *err, const char *dir, const struct record *record,
    const struct report *report, const char *product);
/* record_load, record_report and record_write of one session. 0/-1. */
int record_make(struct err *err, const char *dir, const char *product);

/* What record.meta has of the channels. */
struct record_channels {
	unsigned int channels; /* that have lines */
	int stream_crash; /* netconsole alone, or with UDP, has a crash */
	int console_crash; /* the console alone has one */
	/* Of the record's lines, from 1, and bytes; 0 and 0: there is no report, or it is not known where */
	uint64_t report_line, report_at;
	/* pstore: only its lines give the title; autopsy: it names the function; or "" */
	char title_by[16];
};
/* 0, or -1: there is no record.meta. */
int record_read_channels(const char *dir, struct record_channels *out);
/*
 * The report's lines without their prefixes, from at most max bytes of record.txt. malloc'ed; the caller frees. NULL
 * if there is no record, no report in it, or no memory.
 */
char *record_read_excerpt(const char *dir, const struct record_channels *has, size_t max);
/* Reads the report from record.meta; what is not there is as report_find leaves it without a report.
 * 0, or -1 if there is no record.meta, or no report in it. */
int record_read_report(const char *dir, struct report *report);

#endif
