/* SPDX-License-Identifier: MIT */
/* unwind: the stacks of tasks and CPUs; see unwind.h. */
#include "unwind.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "unwind_arch.h"

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

void unwind_cpu(struct unwinder *unwinder, const struct regs *regs, struct unwind *unwind)
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
