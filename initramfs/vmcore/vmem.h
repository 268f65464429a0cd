/* SPDX-License-Identifier: MIT */
/*
 * vmem: the dead kernel's memory by virtual address: bytes, integers, and windows that read ahead, so
 * that a walk along an array costs few reads and reads nothing twice.
 *
 * A program begins with vmem_open, then reads VMCOREINFO with vmem_load_info or, where the note is
 * damaged, vmem_search_info; then it can read memory.
 */
#ifndef VMCORE_VMEM_H
#define VMCORE_VMEM_H

#include "elfcore.h"
#include "vmcoreinfo.h"

struct vmem;

/* Reads the ELF headers; dump must outlive vmem. NULL: they cannot be read, or no memory. */
struct vmem *vmem_open(struct err *err, struct dump *dump);
void vmem_close(struct vmem *vm);
/* Reads VMCOREINFO from the dump's note. 0, or -1: it is missing or cannot be read. */
int vmem_load_info(struct err *err, struct vmem *vm);
/*
 * Reads VMCOREINFO from the next page of memory that begins like the one that the kernel makes its
 * note from (infosearch.h). It may be of another kernel, or damaged: the caller finds out by using
 * it, and calls again. 1, or 0: there is no further page.
 */
int vmem_search_info(struct vmem *vm);

const struct elfcore_header *vmem_header(const struct vmem *vm);
/* Without values before vmem_load_info or vmem_search_info. */
const struct vmcoreinfo *vmem_info(const struct vmem *vm);

/* As elfcore_next_note. */
int vmem_next_note(struct vmem *vm, struct elfcore_notes *notes, struct elfcore_note *note);
/* The first len bytes of a note's descriptor. 0, or -1: it is shorter, or cannot be read. */
int vmem_read_note(
    struct err *err, struct vmem *vm, const struct elfcore_note *note, void *buf, size_t len);

/* All len bytes, or -1. */
int vmem_read(struct err *err, struct vmem *vm, uint64_t vaddr, void *buf, size_t len);
/* An integer of 1, 2, 4 or 8 bytes. 0/-1. */
int vmem_uint(struct err *err, struct vmem *vm, uint64_t vaddr, size_t size, uint64_t *out);
/* A pointer or long. 0/-1. */
int vmem_word(struct err *err, struct vmem *vm, uint64_t vaddr, uint64_t *out);

/* A window on memory; buf (size bytes) is the owner's. Zero but for these at first. */
struct vmem_window {
	uint8_t *buf;
	size_t size;
	uint64_t base; /* the address of buf[0] */
	size_t len; /* valid bytes */
};

/*
 * len bytes (at most the window's size) at vaddr, valid until the next call with this window; NULL
 * and err if they cannot be read. If they are not in the window yet, up to ahead bytes (from vaddr) are
 * read with them: as much as the caller is going to use.
 */
const uint8_t *vmem_view(struct err *err, struct vmem *vm, struct vmem_window *window,
    uint64_t vaddr, size_t len, uint64_t ahead);

#endif
