/* SPDX-License-Identifier: MIT */
/*
 * kallsyms: the symbol table that a kernel carries in its own memory.
 *
 * Source: Linux kernel/kallsyms.c, scripts/kallsyms.c. The tables: num_syms (u32); names, one entry a
 * symbol: a length byte (since 6.1 bit 7 set means that a second byte follows with the higher bits), then
 * as many token numbers; token_index (256 u16, offsets in token_table); token_table, 256 strings.
 * The first character of an expanded name is the symbol's type. offsets (one u32 a symbol, sorted by address):
 *   - no relative_base (7.x): the address is that of the entry, plus the signed entry;
 *   - most entries negative: relative_base - 1 - entry, and entries from 0 on are addresses (per-CPU);
 *   - otherwise: relative_base + entry.
 * VMCOREINFO names the tables since 6.0; scan.h finds them before.
 *
 * Names are not kept: only where every 64th of them is (12 KB for 200,000 symbols).
 */
#ifndef AUTOPSY_KALLSYMS_H
#define AUTOPSY_KALLSYMS_H

#include "vmcore/pages.h"
#include "words.h"

enum {
	KALLSYMS_NAME = 512, /* longest name, with its NUL (KSYM_NAME_LEN) */
	KALLSYMS_MAX = 1 << 21, /* symbols */
	KALLSYMS_EVERY = 64,
};

/* Addresses of the tables; base 0: the kernel has none. */
struct kallsyms_tables {
	uint64_t count, names, tokens, index, offsets, base;
};

struct kallsyms;

/*
 * Reads the tables through a window (of 64 KB; only for this call), and sets address[i] of each word i that
 * is a symbol's name (0: no symbol has this name). vm and pages must outlive the result. NULL: the
 * tables are damaged, or no memory.
 */
struct kallsyms *kallsyms_open(struct err *err, struct vmem *vm, struct pages *pages,
    const struct kallsyms_tables *tables, const struct words *words, uint64_t *address);
void kallsyms_close(struct kallsyms *kallsyms);
size_t kallsyms_count(const struct kallsyms *kallsyms);

/*
 * The symbol that an address lies in: its name (at least KALLSYMS_NAME bytes), its address, and its size,
 * up to the next symbol. Of several symbols at one address it is the first, as the kernel prints it. 0/-1.
 */
int kallsyms_lookup(struct err *err, struct kallsyms *kallsyms, uint64_t address, char *name,
    uint64_t *start, uint64_t *size);

#endif
