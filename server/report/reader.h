/* SPDX-License-Identifier: MIT */
/*
 * reader: what report.c's steps hand to each other: the place where the report begins
 * (choose.c), what was read of it (reader.c), the frame that is to blame (blame.c).
 */
#ifndef LASTWORDS_REPORT_READER_H
#define LASTWORDS_REPORT_READER_H

#include "frames.h"
#include "line.h"
#include "opening.h"
#include "report.h"

enum { REPORT_CALLERS = 2 }; /* callers of the guilty function that go into the signature */

struct report_place {
	const struct report_opening *opening; /* NULL: none */
	struct report_cursor cursor; /* at the opening line */
	int64_t time_us;
};

/* The report that counts (report.h has the rule). *severity may be more than its own. */
struct report_place report_choose(const char *text, size_t len, enum report_severity *severity);

struct report_reader {
	const struct report_opening *opening;
	struct report_frame named; /* the function that the report names itself */
	struct report_frame frames[REPORT_FRAMES_MAX]; /* innermost first, stack after stack */
	size_t count;
	int null_ip, ip_open; /* ip_open: the line before was an instruction pointer too */
	int in_stack, stacks; /* now inside one; how many were seen */
	int wrong; /* frames that follow are not the report's own: who allocated, who freed */
	int pause; /* lines of somebody else inside the stack */
	int named_done, expect_frame; /* lockdep: no more "at:" lines; the next line is a frame */
	int torn, foreign, ended;
	int last_is_frame, last_whole; /* how the text ended */
	char caller;
	uint32_t caller_id;
};

/* Reads the report that begins at place into *reader (zeroed), and its facts into out. */
void report_read(
    const struct report_place *place, struct report_reader *reader, struct report *out);

/* facts.c: one line's facts, and those of the opening line, and of the boot's first line. */
void report_read_facts(const struct report_line *line, struct report *out);
void report_read_opening_facts(const struct report_line *line, struct report *out);
/* The instruction pointer: of a LINE_IP and what report_frame_parse made of it; better: a name takes the
 * place of a bare address that came before it (powerpc prints both). */
void report_read_ip(const struct report_line *line, const struct report_frame *frame, int better,
    struct report *out);
void report_read_release(const struct report_line *line, struct report *out);

struct report_choice {
	char function[128]; /* "" unknown */
	char callers[REPORT_CALLERS][128];
	size_t caller_count;
	size_t index; /* of the guilty one among the frames; REPORT_FRAMES_MAX: not from a frame */
};

/* Fills in *choice (zeroed). */
void report_blame(const struct report_reader *reader, struct report_choice *choice);

/* 1 and the clean name if this frame may be used at all. */
int report_frame_usable(const struct report_frame *frame, char name[128], enum report_skip *why);

#endif
