/* SPDX-License-Identifier: MIT */
/*
 * elfcore: the ELF core file that a crash dump is: header, segments, the place of VMCOREINFO's note.
 *
 * ELF32 and ELF64, either byte order, any machine. Source: System V ABI, "Program Header" and "Note
 * Section"; with e_phnum 0xffff the number is in section header 0's sh_info. The first 256 segments
 * are kept; the others are read again for each search, up to a total, so that memory and time are
 * bounded whatever the headers state.
 */
#ifndef VMCORE_ELFCORE_H
#define VMCORE_ELFCORE_H

#include <stdint.h>

#include "base/err.h"
#include "dump.h"

struct elfcore;

struct elfcore_header {
	enum dump_order order;
	int bits; /* ELF class, 32 or 64: not the kernel's */
	unsigned machine; /* e_machine */
	size_t word; /* bytes of the kernel's pointers and longs, 4 or 8: by machine */
	uint64_t segments; /* program headers, PT_NOTE among them */
	uint64_t lowest; /* physical address with bytes in a PT_LOAD; UINT64_MAX: none */
	uint64_t note_off, note_len; /* the text of VMCOREINFO's note, at most 1 MB; len 0: none */
};

/* A note; name is cut at 11 characters. len is what the segment has of it: a damaged note may be longer. */
struct elfcore_note {
	char name[12];
	unsigned type;
	uint64_t off, len; /* its descriptor in the file */
};

/* Where a walk over the notes is; all zero: at its beginning. */
struct elfcore_notes {
	uint64_t segment; /* the next program header to look at */
	uint64_t off, len, pos; /* of the PT_NOTE that it is in */
	uint64_t seen;
};

/* A PT_LOAD; size is p_filesz. vaddr 0: unknown (arm32, QEMU's guest memory dumps). */
struct elfcore_segment {
	uint64_t vaddr, paddr, off, size;
};

/*
 * Reads headers and finds the note; dump must outlive elfcore. NULL: not an ELF core dump, damaged
 * before its first segment, or no memory.
 */
struct elfcore *elfcore_open(struct err *err, struct dump *dump);
void elfcore_close(struct elfcore *core);

const struct elfcore_header *elfcore_header(const struct elfcore *core);
/* The next note: 1, or 0: there are no more, or they are damaged from here on. */
int elfcore_next_note(struct elfcore *core, struct elfcore_notes *notes, struct elfcore_note *note);
/* PT_LOAD i, from 0; NULL: there are no more that are kept. */
const struct elfcore_segment *elfcore_segment(const struct elfcore *core, size_t i);
/*
 * The file offset of the byte at a virtual (or physical) address, and how many bytes of the same
 * segment begin with it. 0, or -1: no segment has it.
 */
int elfcore_find_virtual(struct elfcore *core, uint64_t vaddr, uint64_t *off, uint64_t *run);
int elfcore_find_physical(struct elfcore *core, uint64_t paddr, uint64_t *off, uint64_t *run);

#endif
