/* SPDX-License-Identifier: MIT */
/*
 * xlate: from a kernel's virtual address to a place in the dump. For vmem only.
 *
 * Tried in this order: a PT_LOAD with that address; the kernel image and the direct map by VMCOREINFO
 * (x86-64 phys_base and PAGE_OFFSET); the kernel's own page tables (x86-64 with 4 and 5 levels, arm64
 * with any granule); the linear map that the architecture defines (i386, arm, ppc,
 * s390, mips, riscv, loongarch). Sources: Linux Documentation/x86/x86_64/mm.rst, arm64/memory.rst,
 * Intel SDM vol. 3 "4-Level Paging and 5-Level Paging", Arm ARM "VMSAv8-64".
 */
#ifndef VMCORE_XLATE_H
#define VMCORE_XLATE_H

#include <stdint.h>

#include "elfcore.h"
#include "vmcoreinfo.h"

struct xlate;

/* NULL: no memory. The others must outlive it. */
struct xlate *xlate_new(
    struct err *err, struct dump *dump, struct elfcore *core, const struct vmcoreinfo *info);
void xlate_free(struct xlate *xlate);
/* To be called when info has changed: drops what was found by it. */
void xlate_reset(struct xlate *xlate);
/* The file offset of the byte at vaddr, and how many bytes from there on lie together. 0/-1. */
int xlate_find(struct xlate *xlate, uint64_t vaddr, uint64_t *off, uint64_t *run);

#endif
