/* SPDX-License-Identifier: MIT */
/* unwind: the stacks of tasks and CPUs; see unwind.h. */
#include "unwind.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

enum {
	UNWIND_PR_REG = 112, /* offset of pr_reg in struct elf_prstatus of 64-bit kernels */
	UNWIND_X86_REGS = 21, /* words of struct pt_regs */
	UNWIND_ARM64_REGS = 34, /* x0 to x30, sp, pc, pstate */
};

#define UNWIND_BIT55 (1ULL << 55)

void unwind_add(struct unwind *unwind, uint64_t ip, enum unwind_mark mark)
{
	if (unwind->count == UNWIND_MAX)
		return;
	unwind->frame[unwind->count].ip = ip;
	unwind->frame[unwind->count++].mark = mark;
}

int unwinder_init(struct err *err, struct symbols *symbols, struct unwinder *unwinder)
{
	memset(unwinder, 0, sizeof(*unwinder));
	unwinder->symbols = symbols;
	if (symbols->kernel->machine == EM_X86_64)
		return unwind_x86_init(err, unwinder);
	unwinder->usable = symbols->kernel->machine == EM_AARCH64;
	return 0;
}

void unwinder_free(struct unwinder *unwinder)
{
	free(unwinder->kept);
	unwinder->kept = NULL;
}

/* The words of the stack from sp on that are addresses of code. */
static void unwind_guess(struct unwinder *unwinder, uint64_t sp, struct unwind *unwind)
{
	struct kernel *k = unwinder->symbols->kernel;
	uint64_t end = (sp & ~(uint64_t)(UNWIND_STACK - 1)) + UNWIND_STACK;

	for (unsigned n = 0; sp + 8 <= end && n < UNWIND_GUESSES; sp += 8) {
		uint64_t word = kernel_word(k, sp);

		if (kernel_fault(k))
			break;
		if (symbols_is_text(unwinder->symbols, word)) {
			unwind_add(unwind, word, UNWIND_GUESS);
			n++;
		}
	}
}

void unwind_task(struct unwinder *unwinder, uint64_t task, struct unwind *unwind)
{
	struct kernel *k = unwinder->symbols->kernel;
	uint64_t sp = kernel_get(k, L_TASK_SP, task) & ~7ULL;

	memset(unwind, 0, sizeof(*unwind));
	unwind->why = "the task's stack pointer cannot be read";
	if (kernel_fault(k) || sp == 0)
		return;
	if (k->machine == EM_X86_64 && unwinder->usable && kernel_has(k, L_FRAME_RETURN)) {
		uint64_t ip = kernel_get(k, L_FRAME_RETURN, sp), bp = kernel_get(k, L_FRAME_BP, sp);
		/* a new task begins at an address that nothing called */
		int fresh = ip && (ip == k->symbol[S_ret_from_fork] ||
				      ip == k->symbol[S_ret_from_fork_asm]);

		if (!kernel_fault(k))
			unwind_x86(unwinder, ip, sp + k->layout.field[L_FRAME_RETURN].object, bp,
			    fresh, NULL, unwind);
	} else if (k->machine == EM_AARCH64) {
		uint64_t end = kernel_get(k, L_TASK_STACK, task) + UNWIND_STACK -
			       k->layout.field[L_REGS_STACKFRAME].object +
			       k->layout.field[L_REGS_STACKFRAME].offset;

		unwind_arm64(unwinder, kernel_get(k, L_TASK_PC, task),
		    kernel_get(k, L_TASK_FP, task), end, unwind);
	} else {
		unwind->why = "no unwinder for this kernel";
	}
	if (!unwind->whole)
		unwind_guess(unwinder, sp, unwind);
	kernel_fault(k);
}

void unwind_cpu(struct unwinder *unwinder, const struct unwind_regs *regs, struct unwind *unwind)
{
	struct kernel *k = unwinder->symbols->kernel;

	memset(unwind, 0, sizeof(*unwind));
	if (regs->user) {
		unwind->user = unwind->whole = 1;
		return;
	}
	if (k->machine == EM_X86_64 && unwinder->usable)
		unwind_x86_crashed(unwinder, regs, unwind);
	else if (k->machine == EM_AARCH64)
		unwind_arm64(unwinder, regs->ip, regs->fp, 0, unwind);
	else
		unwind->why = "no unwinder for this kernel";
	if (unwind->count)
		unwind->frame[0].mark = UNWIND_EXACT;
	if (!unwind->whole)
		unwind_guess(unwinder, regs->sp & ~7ULL, unwind);
	kernel_fault(k);
}

int unwind_read_regs(struct kernel *k, const struct elfcore_note *note, struct unwind_regs *regs)
{
	uint8_t b[8 * UNWIND_REGS + UNWIND_PR_REG];
	size_t count;
	struct err ignored;

	memset(regs, 0, sizeof(*regs));
	if (k->machine == EM_X86_64)
		count = UNWIND_X86_REGS;
	else if (k->machine == EM_AARCH64)
		count = UNWIND_ARM64_REGS;
	else
		return -1;
	if (vmem_read_note(&ignored, k->vm, note, b, UNWIND_PR_REG + 8 * count))
		return -1;
	for (size_t i = 0; i < count; i++)
		regs->all[i] = dump_uint(vmem_header(k->vm)->order, b + UNWIND_PR_REG + 8 * i, 8);
	if (k->machine == EM_X86_64) {
		regs->fp = regs->all[4];
		regs->ip = regs->all[16];
		regs->user = (regs->all[17] & 3) != 0;
		regs->sp = regs->all[19];
	} else {
		regs->fp = regs->all[29];
		regs->sp = regs->all[31];
		regs->ip = regs->all[32];
		regs->user = !(regs->ip & UNWIND_BIT55);
	}
	return regs->ip ? 0 : -1;
}

const char *unwind_reg_name(const struct kernel *k, unsigned i)
{
	static const char *const x86[] = {"r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10",
	    "r9", "r8", "rax", "rcx", "rdx", "rsi", "rdi", "orig_rax", "rip", "cs", "eflags", "rsp",
	    "ss"};
	static const char *const arm64[] = {"x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8",
	    "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20",
	    "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x29", "x30", "sp", "pc",
	    "pstate"};

	if (k->machine == EM_X86_64)
		return i < UNWIND_X86_REGS ? x86[i] : NULL;
	return i < UNWIND_ARM64_REGS ? arm64[i] : NULL;
}
