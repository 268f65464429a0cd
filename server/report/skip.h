/* SPDX-License-Identifier: MIT */
/*
 * skip: which functions are not to blame, by name; report.h has the rule and its reasons. A table and its
 * lookup. Names must be clean (report_frame_name).
 */
#ifndef LASTWORDS_REPORT_SKIP_H
#define LASTWORDS_REPORT_SKIP_H

/* Why frames of this name are skipped. */
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

enum report_skip report_skip_why(const char *name);
/* 1 if the function is the entry of an interrupt or exception: the frames below it were interrupted. */
int report_skip_is_interrupt(const char *name);
/* 1 if it waits for an RCU grace period. */
int report_skip_is_grace_period(const char *name);
/* 1 if it waits until another CPU has run a function. */
int report_skip_is_cross_call(const char *name);

#endif
