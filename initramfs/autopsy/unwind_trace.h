/* SPDX-License-Identifier: MIT */
/*
 * unwind_trace: what unwind.c and the walks of the two architectures (unwind_arch.h) share: what a walk needs of the
 * kernel, and the trace that it makes.
 */
#ifndef AUTOPSY_UNWIND_TRACE_H
#define AUTOPSY_UNWIND_TRACE_H

#include "symbols.h"

enum {
	UNWIND_MAX = 64,
	UNWIND_GUESSES = 16, /* uncertain frames */
	UNWIND_STACK = 16384, /* THREAD_SIZE of x86-64, and of arm64 with 4 KB pages */
};

enum unwind_mark {
	UNWIND_RETURN, /* a return address */
	UNWIND_EXACT, /* where the CPU was: at the top, or where an exception came in */
	UNWIND_GUESS,
};

struct unwind {
	struct {
		uint64_t ip;
		enum unwind_mark mark;
	} frame[UNWIND_MAX];
	size_t count;
	int user; /* the CPU came from user space */
	int whole; /* it was followed to the stack's end, or to user space */
	const char *why; /* unless whole: static text */
};

/* What unwinders need of a kernel, found once. */
struct unwinder {
	struct symbols *symbols;
	int usable; /* 0: the architecture, or this kernel's ORC, is not supported */
	unsigned sp, bp, sp_indirect, bp_indirect, prev_sp, dx, di; /* ORC's codes of registers */
	struct unwind_orc_kept *kept; /* entries found */
};

/* Appends a frame, unless there are UNWIND_MAX. */
void unwind_add(struct unwind *unwind, uint64_t ip, enum unwind_mark mark);

#endif
