/* SPDX-License-Identifier: MIT */
/*
 * unwind_arch: what unwind.c has from the files of the two architectures. Each walk adds its frames to unwind,
 * whose whole, user and why it sets.
 */
#ifndef AUTOPSY_UNWIND_ARCH_H
#define AUTOPSY_UNWIND_ARCH_H

#include "regs.h"
#include "unwind_trace.h"

/* Finds ORC's codes of registers. 0, or -1: no memory. */
int unwind_x86_init(struct err *err, struct unwinder *unwinder);
/* exact: ip is where the CPU was, not a return address. regs: at ip, or NULL. */
void unwind_x86(struct unwinder *unwinder, uint64_t ip, uint64_t sp, uint64_t bp, int exact,
    const uint64_t *regs, struct unwind *unwind);
/* A CPU with these registers, which may be those of __crash_kexec. */
void unwind_x86_crashed(struct unwinder *unwinder, const struct regs *regs, struct unwind *unwind);
/* fp: of the first frame record; end: the address of the last one, or 0. */
void unwind_arm64(
    struct unwinder *unwinder, uint64_t pc, uint64_t fp, uint64_t end, struct unwind *unwind);

#endif
