/* SPDX-License-Identifier: MIT */
/* regs: the registers in a CPU's note; see regs.h. */
#include "regs.h"

#include <elf.h>
#include <string.h>

enum {
	REGS_PID = 32, /* offset of pr_pid in struct elf_prstatus of 64-bit kernels */
	REGS_PR_REG = 112, /* of pr_reg */
	REGS_X86 = 21, /* words of struct pt_regs */
	REGS_ARM64 = 34,
};

/* words of struct pt_regs */
enum { X86_BP = 4, X86_IP = 16, X86_CS = 17, X86_SP = 19 };
enum { ARM64_FP = 29, ARM64_SP = 31, ARM64_PC = 32 };

#define ARM64_KERNEL (1ULL << 55) /* in each of the kernel's addresses */

/* How many registers the architecture has here; 0: it is not known. */
static size_t regs_count(const struct vmem *vm)
{
	switch (vmem_header(vm)->machine) {
	case EM_X86_64:
		return REGS_X86;
	case EM_AARCH64:
		return REGS_ARM64;
	default:
		return 0;
	}
}

/* 0/-1 */
static int regs_read(struct vmem *vm, const struct elfcore_note *note, struct regs *regs)
{
	enum dump_order order = vmem_header(vm)->order;
	uint8_t b[REGS_PR_REG + 8 * REGS_MAX];
	size_t count = regs_count(vm);
	struct err ignored;

	memset(regs, 0, sizeof(*regs));
	if (count == 0 || note->type != NT_PRSTATUS || strcmp(note->name, "CORE") != 0 ||
	    vmem_read_note(&ignored, vm, note, b, REGS_PR_REG + 8 * count))
		return -1;
	regs->pid = (int32_t)dump_uint(order, b + REGS_PID, 4);
	for (size_t i = 0; i < count; i++)
		regs->all[i] = dump_uint(order, b + REGS_PR_REG + 8 * i, 8);
	if (vmem_header(vm)->machine == EM_X86_64) {
		regs->fp = regs->all[X86_BP];
		regs->ip = regs->all[X86_IP];
		regs->sp = regs->all[X86_SP];
		regs->user = (regs->all[X86_CS] & 3) != 0;
	} else {
		regs->fp = regs->all[ARM64_FP];
		regs->ip = regs->all[ARM64_PC];
		regs->sp = regs->all[ARM64_SP];
		regs->user = !(regs->ip & ARM64_KERNEL);
	}
	return regs->ip ? 0 : -1;
}

int regs_next(struct vmem *vm, struct elfcore_notes *notes, struct regs *regs)
{
	struct elfcore_note note;

	while (vmem_next_note(vm, notes, &note)) {
		if (regs_read(vm, &note, regs) == 0)
			return 1;
	}
	return 0;
}

const char *regs_name(const struct vmem *vm, unsigned i)
{
	static const char *const x86[REGS_X86] = {"r15", "r14", "r13", "r12", "rbp", "rbx", "r11",
	    "r10", "r9", "r8", "rax", "rcx", "rdx", "rsi", "rdi", "orig_rax", "rip", "cs", "eflags",
	    "rsp", "ss"};
	static const char *const arm64[REGS_ARM64] = {"x0", "x1", "x2", "x3", "x4", "x5", "x6",
	    "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19",
	    "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x29", "x30", "sp", "pc",
	    "pstate"};

	if (i >= regs_count(vm))
		return NULL;
	return vmem_header(vm)->machine == EM_X86_64 ? x86[i] : arm64[i];
}

uint64_t regs_argument(const struct vmem *vm, const struct regs *regs, unsigned i)
{
	/* rdi, rsi, rdx, rcx, r8, r9 */
	static const uint8_t x86[REGS_ARGUMENTS] = {14, 13, 12, 11, 9, 8};

	return regs->all[vmem_header(vm)->machine == EM_X86_64 ? x86[i] : i];
}
