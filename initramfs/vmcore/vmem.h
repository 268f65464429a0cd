/* SPDX-License-Identifier: MIT */
/*
 * vmem: the dead kernel's memory by virtual address: bytes, integers of its byte order, and windows
 * that read ahead so that a walk along an array costs few calls and reads nothing twice.
 */
#ifndef DMESG_VMEM_H
#define DMESG_VMEM_H

#include "elfcore.h"
#include "vmcoreinfo.h"
#include "xlate.h"

/* Memory for the windows of whichever reader is at work; too large for a stack. */
struct vmem_scratch {
	uint8_t a[8192], b[16384], c[65536 + 256], d[65536 + 256];
};

struct vmem {
	struct vmem_scratch scratch;
	struct dump *dump;
	struct elfcore core;
	int headers; /* core is good, whatever became of the rest */
	struct vmcoreinfo info;
	struct xlate xlate;
};

/* Opens the dump: headers, VMCOREINFO, translation. -1 and why nothing can be read of it. */
int vmem_open(struct err *err, struct dump *dump, struct vmem *vm);
/*
 * Where headers is 1: VMCOREINFO from another place, len bytes of the file at off, instead of the
 * note. 0/-1.
 */
int vmem_open_info(struct err *err, struct vmem *vm, uint64_t off, uint64_t len);

/* All len bytes, or -1. */
int vmem_read(struct err *err, struct vmem *vm, uint64_t vaddr, void *buf, size_t len);
/* An integer of 1, 2, 4 or 8 bytes; a pointer or long (the kernel's word). 0/-1. */
int vmem_uint(struct err *err, struct vmem *vm, uint64_t vaddr, size_t size, uint64_t *out);
int vmem_word(struct err *err, struct vmem *vm, uint64_t vaddr, uint64_t *out);
/* An integer at an offset of bytes that were read already. */
static inline uint64_t vmem_get(
    const struct vmem *vm, const uint8_t *bytes, uint64_t off, size_t size)
{
	return dump_uint(vm->core.order, bytes + off, size);
}

/* A window on memory; buf (size bytes) is the owner's. */
struct vmem_window {
	uint8_t *buf;
	size_t size;
	uint64_t base; /* the address of buf[0] */
	size_t len; /* bytes that are valid */
};

/*
 * len bytes at vaddr, valid until the next call with the same window; NULL and err if they cannot be
 * read. If they have to be fetched, up to ahead bytes (from vaddr) are fetched with them: what the
 * caller will want next. len must be at most the window's size.
 */
const uint8_t *vmem_view(struct err *err, struct vmem *vm, struct vmem_window *window,
    uint64_t vaddr, size_t len, uint64_t ahead);

#endif
