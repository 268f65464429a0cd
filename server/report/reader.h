/* SPDX-License-Identifier: MIT */
/*
 * reader: the steps of report.c and what they give to each other: the place where the report begins
 * (choose.c), what was read of it (reader.c, facts.c), why a name is not to blame (skip.c), and the function
 * that is (blame.c).
 */
#ifndef LASTWORDS_REPORT_READER_H
#define LASTWORDS_REPORT_READER_H

#include "frames.h"
#include "line.h"
#include "opening.h"
#include "report.h"

enum { REPORT_CALLERS = 2 }; /* callers of the function to blame that go into the signature */

struct report_place {
	const struct report_opening *opening; /* NULL: none */
	struct report_cursor cursor; /* at the opening line */
	int64_t time_us;
};

/* The report that counts (report.h, WHICH REPORT). *severity is that of the log, which may be higher than its own. */
struct report_place report_choose(const char *text, size_t len, enum report_severity *severity);

struct report_reader {
	const struct report_opening *opening;
	struct report_frame named; /* the function that the report names itself */
	struct report_frame work; /* what the worker ran, "Workqueue: …"; name NULL: none */
	struct report_frame lr; /* the return address; name NULL: none */
	struct report_frame frames[REPORT_FRAMES_MAX]; /* innermost first, stack after stack */
	size_t count;
	size_t before; /* frames before the stack that is read */
	int null_ip;
	int ip_open; /* the line before was an instruction pointer too */
	int in_stack, stacks; /* inside a stack; number of stacks so far */
	int pause; /* lines inside the stack that are not of it */
	int named_done; /* lockdep: no more "at:" lines */
	int expect_frame; /* the next line is a frame, which names the function */
	int torn, foreign, ended;
	int last_is_frame, last_whole; /* how the text ended */
	char caller;
	uint32_t caller_id;
};

/* Reads the report that begins at place into *reader (zeroed), and its facts into out. */
void report_read(
    const struct report_place *place, struct report_reader *reader, struct report *out);

/* Adds the callers that are not in the stack: where there is no stack, who the instruction pointer's function
 * returns to; behind the stack, what the worker ran. */
void report_read_callers(struct report_reader *reader);

/* facts.c: the facts of a line of the report, of its opening line, of the boot's first line. */
void report_read_facts(const struct report_line *line, struct report *out);
void report_read_opening_facts(const struct report_line *line, struct report *out);
/* The instruction pointer of a LINE_IP and its frame. better: a name replaces an address without a name
 * from a line before (powerpc prints both). */
void report_read_ip(const struct report_line *line, const struct report_frame *frame, int better,
    struct report *out);
void report_read_release(const struct report_line *line, struct report *out);

/* Why frames of a name are skipped (report.h has the reasons). */
enum report_skip {
	SKIP_NOT,
	SKIP_REPORTING,
	SKIP_ENTRY,
	SKIP_ALLOCATOR,
	SKIP_LOCK,
	SKIP_COPY,
	SKIP_WAIT,
	SKIP_HELPER,
	SKIP_DISPATCH, /* for stalls only: shared by many different bugs */
	SKIP_IDLE, /* for stalls only: the CPU was idle */
};

/* Names must be clean (report_frame_name). */
enum report_skip report_skip_why(const char *name);
/* 1 if the function is the entry of an interrupt or exception: the frames below it were interrupted. */
int report_skip_is_interrupt(const char *name);
/* 1 if it is the entry of an exception or NMI: the frames below it caused it. */
int report_skip_is_exception(const char *name);
/* 1 if it handles a page fault. */
int report_skip_is_page_fault(const char *name);
/* 1 if it waits for an RCU grace period. */
int report_skip_is_grace_period(const char *name);
/* 1 if it waits until another CPU has run a function. */
int report_skip_is_cross_call(const char *name);

struct report_choice {
	char function[128]; /* "" unknown */
	char chain[128]; /* RULE_CHAIN: who began the chain of calls; "" unknown */
	char callers[REPORT_CALLERS][128];
	size_t caller_count;
	size_t index; /* of the function among the frames; REPORT_FRAMES_MAX: not from a frame */
};

/* Fills in *choice (zeroed). */
void report_blame(const struct report_reader *reader, struct report_choice *choice);

/* 1, the clean name and why it is skipped if the frame has a name and is reliable, else 0. */
int report_frame_usable(const struct report_frame *frame, char name[128], enum report_skip *why);

#endif
