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
#include "unwind_trace.h"

/* 0, or -1: no memory. unwinder_free is due in either case. */
int unwinder_init(struct err *err, struct symbols *symbols, struct unwinder *unwinder);
void unwinder_free(struct unwinder *unwinder);

/* A task that is not on a CPU. */
void unwind_task(struct unwinder *unwinder, uint64_t task, struct unwind *unwind);
/* A CPU that was in the kernel. */
void unwind_cpu(struct unwinder *unwinder, const struct regs *regs, struct unwind *unwind);

#endif
