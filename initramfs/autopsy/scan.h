/* SPDX-License-Identifier: MIT */
/*
 * scan: the tables of kallsyms in kernels whose VMCOREINFO does not name them (before 6.0), by what they look like.
 *
 * The image is read from _stext up to the kernel's top page table, in pieces of 64 KB. The digits '0' to
 * '9' are always tokens of their own, so token_table has "0\0" to "9\0" in a row; token_index, 512 bytes
 * that the strings determine, follows it. In front of it are the markers (of each 256th name its offset),
 * the names, the number of symbols, and (before 6.5) relative_base and offsets; since then the latter two follow
 * token_index. Source: Linux scripts/kallsyms.c (write_src).
 */
#ifndef AUTOPSY_SCAN_H
#define AUTOPSY_SCAN_H

#include "kallsyms.h"

/* 0, or -1: not found. */
int scan_tables(struct err *err, struct vmem *vm, struct kallsyms_tables *tables);

#endif
