/* SPDX-License-Identifier: MIT */
/*
 * unwind: the stack of a task or a CPU, as return addresses.
 *
 * x86-64 by ORC (unwind_x86.c), arm64 by frame records (unwind_arm64.c). Where neither can go on, words on
 * the same stack that are addresses of code follow, each marked as uncertain, as the kernel marks them with
 * "?". A walk ends after UNWIND_MAX frames, and where it does not go up the stack.
 */
#ifndef AUTOPSY_UNWIND_H
#define AUTOPSY_UNWIND_H

#include "regs.h"
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

/* 0, or -1: no memory. unwinder_free is due in either case. */
int unwinder_init(struct err *err, struct symbols *symbols, struct unwinder *unwinder);
void unwinder_free(struct unwinder *unwinder);

/* A task that is not on a CPU. */
void unwind_task(struct unwinder *unwinder, uint64_t task, struct unwind *unwind);
/* A CPU that was in the kernel. */
void unwind_cpu(struct unwinder *unwinder, const struct regs *regs, struct unwind *unwind);

#endif
