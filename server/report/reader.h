/* SPDX-License-Identifier: MIT */
/*
 * title_reader: what title.c's steps hand to each other: the place where the report begins
 * (title_choose.c), what was read of it (title_reader.c), the frame that is to blame (title_guilt.c).
 */
#ifndef LASTWORDS_TITLE_READER_H
#define LASTWORDS_TITLE_READER_H

#include "title.h"
#include "title_frames.h"
#include "title_line.h"
#include "title_report.h"

enum { TITLE_CALLERS = 2 }; /* callers of the guilty function that go into the signature */

struct title_place {
	const struct title_opening *opening; /* NULL: none */
	struct title_cursor cursor; /* at the opening line */
	int64_t time_us;
};

/* The report that counts (title.h has the rule). *severity may be more than its own. */
struct title_place title_choose(const char *text, size_t len, enum title_severity *severity);

struct title_reader {
	const struct title_opening *opening;
	struct title_frame named; /* the function that the report names itself */
	struct title_frame frames[TITLE_FRAMES_MAX]; /* innermost first, stack after stack */
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
void title_read(const struct title_place *place, struct title_reader *reader, struct title *out);

/* title_facts.c: one line's facts, and those of the opening line, and of the boot's first line. */
void title_read_facts(const struct title_line *line, struct title *out);
void title_read_opening_facts(const struct title_line *line, struct title *out);
/* The instruction pointer: of a LINE_IP and what title_frame_parse made of it; better: a name takes the
 * place of a bare address that came before it (powerpc prints both). */
void title_read_ip(
    const struct title_line *line, const struct title_frame *frame, int better, struct title *out);
void title_read_release(const struct title_line *line, struct title *out);

struct title_choice {
	char function[128]; /* "" unknown */
	char callers[TITLE_CALLERS][128];
	size_t caller_count;
	size_t index; /* of the guilty one among the frames; TITLE_FRAMES_MAX: not from a frame */
};

/* Fills in *choice (zeroed). */
void title_guilt(const struct title_reader *reader, struct title_choice *choice);

/* 1 and the clean name if this frame may be used at all. */
int title_frame_usable(const struct title_frame *frame, char name[128], enum title_skip *why);

#endif
