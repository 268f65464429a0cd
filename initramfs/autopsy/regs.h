/* SPDX-License-Identifier: MIT */
/*
 * regs: the registers of a CPU, as its note NT_PRSTATUS has them.
 *
 * Source: Linux include/linux/elfcore.h (struct elf_prstatus), arch/x86/include/asm/ptrace.h,
 * arch/arm64/include/uapi/asm/ptrace.h. Of x86-64 and arm64.
 */
#ifndef AUTOPSY_REGS_H
#define AUTOPSY_REGS_H

#include "vmcore/vmem.h"

enum {
	REGS_MAX = 34,
	REGS_ARGUMENTS = 6, /* arguments of a function that both architectures pass in registers */
};

struct regs {
	uint64_t ip, sp, fp; /* fp: rbp, or x29 */
	/* x86-64: struct pt_regs, r15 first; arm64: x0 to x30, sp, pc, pstate */
	uint64_t all[REGS_MAX];
	int32_t pid; /* of the task that ran, by kdump; other makers of dumps count CPUs */
	int user; /* the CPU was in user space */
};

/* 1 and the next CPU's registers; 0: there are no more. What is no such note, or damaged, is skipped. */
int regs_next(struct vmem *vm, struct elfcore_notes *notes, struct regs *regs);
/* The name of all[i], or NULL at the end. */
const char *regs_name(const struct vmem *vm, unsigned i);
/* The register in which a function gets its argument i, below REGS_ARGUMENTS. */
uint64_t regs_argument(const struct vmem *vm, const struct regs *regs, unsigned i);

#endif
