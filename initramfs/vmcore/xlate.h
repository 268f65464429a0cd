/* SPDX-License-Identifier: MIT */
/*
 * xlate: from a kernel's virtual address to a place in the dump.
 *
 * In this order: a PT_LOAD that holds the address; what VMCOREINFO states of the kernel image and
 * the direct map (x86-64 phys_base and PAGE_OFFSET); the kernel's own page tables (x86-64 with 4 and
 * 5 levels, arm64 with any granule); the linear map as the architecture fixes it (i386, arm, ppc,
 * s390, mips, riscv, loongarch). Sources: Linux Documentation/x86/x86_64/mm.rst, arm64/memory.rst,
 * Intel SDM vol. 3 "4-Level Paging and 5-Level Paging", Arm ARM "VMSAv8-64".
 */
#ifndef DMESG_XLATE_H
#define DMESG_XLATE_H

#include <stdint.h>

#include "elfcore.h"
#include "vmcoreinfo.h"

enum { XLATE_RECENT = 8 };

struct xlate {
	struct elfcore *core;
	const struct vmcoreinfo *info;
	struct {
		uint64_t vaddr, off, run;
	} recent[XLATE_RECENT];
	unsigned next; /* the entry of recent[] to replace */
	uint64_t walks; /* page-table walks that may still be done: bounds the work */
};

void xlate_init(struct xlate *xlate, struct elfcore *core, const struct vmcoreinfo *info);
/* The file offset of the byte at vaddr, and how many bytes from there on lie together. 0/-1. */
int xlate_find(struct xlate *xlate, uint64_t vaddr, uint64_t *off, uint64_t *run);

#endif
