/* SPDX-License-Identifier: MIT */
/*
 * elfcore: the ELF file that a crash dump is: its segments and its VMCOREINFO note.
 *
 * ELF32 and ELF64, either byte order, any machine. Source: System V ABI, "Program Header" and "Note
 * Section"; e_phnum 0xffff means that section header 0's sh_info has the number. The first segments
 * are kept; further ones are read again where they are asked for, within a total of work, so that
 * memory and time stay bounded whatever the headers claim.
 */
#ifndef DMESG_ELFCORE_H
#define DMESG_ELFCORE_H

#include <stdint.h>

#include "base/err.h"
#include "dump.h"

enum {
	ELFCORE_KEPT = 256, /* segments kept in memory */
	ELFCORE_NOTE_MAX = 1 << 20, /* bytes of one VMCOREINFO text */
	ELFCORE_NOTES_MAX = 1 << 16, /* notes looked at: one per CPU and some */
};

/* A PT_LOAD; size is p_filesz. p_vaddr 0 means "not told" (arm32, QEMU's guest memory dumps). */
struct elfcore_segment {
	uint64_t vaddr, paddr, off, size;
};

struct elfcore {
	struct dump *dump;
	enum dump_order order;
	int elf64; /* ELF class, which says nothing of the kernel's word */
	unsigned machine; /* e_machine */
	size_t word; /* the kernel's pointer and long: 4 or 8, by machine */
	uint64_t phoff, phnum;
	size_t phentsize;
	size_t kept;
	struct elfcore_segment segment[ELFCORE_KEPT];
	int complete; /* all PT_LOADs are in segment[] */
	uint64_t work; /* program headers that may still be read again */
	uint64_t note_off, note_len; /* VMCOREINFO's text; note_len 0: none */
	uint64_t paddr_min; /* the lowest p_paddr of a PT_LOAD; UINT64_MAX: none */
};

/* Reads headers and looks for the note. -1: not an ELF core dump, or torn before the segments. */
int elfcore_open(struct err *err, struct dump *dump, struct elfcore *core);
/*
 * Where the byte at a virtual (or physical) address lies in the file, and how many bytes follow it
 * in the same segment. 0, or -1: no segment holds it.
 */
int elfcore_find_virtual(struct elfcore *core, uint64_t vaddr, uint64_t *off, uint64_t *run);
int elfcore_find_physical(struct elfcore *core, uint64_t paddr, uint64_t *off, uint64_t *run);

#endif
