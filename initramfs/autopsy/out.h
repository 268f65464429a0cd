/* SPDX-License-Identifier: MIT */
/*
 * out: the autopsy's output, one document in two forms from the same calls.
 *
 * Text: a section's name, its notes (sentences) and fields, then lists; a record of a list is a line of
 * key=value, with a record's lines (a stack) below it:
 *
 *	tasks
 *	  3 tasks wait in D
 *	  total=61 running=2
 *	  waiting
 *	    pid=93 comm=wk-mutex state=D blocked_s=12.3
 *	      __mutex_lock+0x1a0/0x6c0
 *
 * A record of a section is a line that begins with its name, "tcp: established=7".
 *
 * JSON: {"release": …, "summary": [headlines], "SECTION": {"notes": […], "key": value, "LIST": [{"key": value,
 * "stack": ["…"]}]}}.
 *
 * The document is kept in memory up to a limit, since the summary stands at its top and is known last;
 * what is beyond the limit is left out, and a note (JSON: "cut":true) says so. Text from the dump is escaped: what is not
 * printable ASCII becomes '?' or \u00xx.
 */
#ifndef AUTOPSY_OUT_H
#define AUTOPSY_OUT_H

#include <stddef.h>
#include <stdint.h>

enum {
	OUT_LIMIT = 1 << 19, /* bytes of a document without its summary */
	OUT_NOTES = 12, /* of a section */
	OUT_HEADLINES = 24,
	OUT_NOTE = 240, /* bytes of one */
	OUT_DEPTH = 8,
};

enum out_form { OUT_TEXT, OUT_JSON };
enum out_kind { OUT_SECTION, OUT_LIST, OUT_RECORD, OUT_LINES };

struct out {
	enum out_form form;
	char *text; /* the sections */
	size_t len, room;
	int cut; /* the limit, or memory, was reached: nothing more is taken */
	char headline[OUT_HEADLINES][OUT_NOTE];
	size_t headlines;
	char note[OUT_NOTES][OUT_NOTE];
	size_t notes;
	struct {
		enum out_kind kind;
		size_t items;
		const char *key; /* text: of a list whose name is not printed yet */
	} level[OUT_DEPTH];
	size_t depth;
	int line; /* text: a record's line is not ended yet */
	/* JSON: where the last whole value ended, and what closes the parts around it then */
	size_t whole, whole_depth;
	char closing[OUT_DEPTH];
};

void out_init(struct out *out, enum out_form form);
void out_free(struct out *out);

void out_section(struct out *out, const char *name);
/* A sentence about the section; the same in the summary too. */
void out_note(struct out *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void out_headline(struct out *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A list of records, a record (key NULL, in a list), a list of lines; each ends with out_end. */
void out_list(struct out *out, const char *key);
void out_record(struct out *out, const char *key);
void out_lines(struct out *out, const char *key);
void out_end(struct out *out);
void out_line(struct out *out, const char *text);

void out_number(struct out *out, const char *key, int64_t value);
void out_text(struct out *out, const char *key, const char *value);
/* Nanoseconds as seconds with three decimals. */
void out_seconds(struct out *out, const char *key, int64_t ns);

/*
 * Gives the whole document to write, in pieces: the head (release, architecture), the summary, the sections. 0,
 * or -1: write failed.
 */
int out_finish(struct out *out, const char *release, const char *machine,
    int (*write)(void *arg, const char *text, size_t len), void *arg);

#endif
