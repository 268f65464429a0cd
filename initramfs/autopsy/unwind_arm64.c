/* SPDX-License-Identifier: MIT */
/*
 * unwind_arm64: by frame records {fp, lr}; see unwind.h. Source: Linux arch/arm64/kernel/stacktrace.c,
 * Documentation/arm64/pointer-authentication.rst (return addresses are signed in their upper bits). Entries from
 * exceptions are linked by struct pt_regs.stackframe, so that a walk crosses from one stack to the next.
 */
#include "unwind_arch.h"

#define ARM64_KERNEL (1ULL << 55)

enum { ARM64_SWITCHES = 8 /* to a lower stack */ };

void unwind_arm64(
    struct unwinder *unwinder, uint64_t pc, uint64_t fp, uint64_t end, struct unwind *unwind)
{
	struct kernel *k = unwinder->symbols->kernel;
	uint64_t mask = vmcoreinfo_get(vmem_info(k->vm), VMCI_PAC_MASK, 0);
	int switches = 0;

	unwind->why = "the stack is longer than the limit";
	for (unwind_add(unwind, pc, UNWIND_RETURN); unwind->count < UNWIND_MAX;) {
		uint64_t next, lr;

		/* (without bit 55 it is still the user's: the CPU was in an entry from there) */
		if (fp == end || fp == 0 || !(fp & ARM64_KERNEL)) {
			unwind->whole = 1;
			return;
		}
		next = kernel_word(k, fp);
		lr = kernel_word(k, fp + 8);
		if (kernel_fault(k) || fp % 8) {
			unwind->why = "a frame record is not in the dump";
			return;
		}
		if (next == 0 && lr == 0) {
			unwind->whole = 1;
			return;
		}
		if (lr & ARM64_KERNEL)
			lr |= mask;
		if (!symbols_is_text(unwinder->symbols, lr)) {
			unwind->why = "a return address is not in code";
			return;
		}
		unwind_add(unwind, lr, UNWIND_RETURN);
		if (next && next <= fp &&
		    (fp - next < UNWIND_STACK || ++switches > ARM64_SWITCHES)) {
			unwind->why = "a frame record does not go up the stack";
			return;
		}
		fp = next;
	}
}
