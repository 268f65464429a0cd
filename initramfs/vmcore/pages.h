/* SPDX-License-Identifier: MIT */
/*
 * pages: small reads of the dead kernel's memory through pages that are kept, for a walk from structure
 * to structure, which meets the same pages again and again.
 *
 * Not thread-safe. What cannot be read is remembered too, so that it is not tried again.
 */
#ifndef VMCORE_PAGES_H
#define VMCORE_PAGES_H

#include "vmem.h"

enum { PAGES_SIZE = 4096 };

struct pages;

/* count: pages kept, each PAGES_SIZE bytes. vm must outlive pages. NULL: no memory. */
struct pages *pages_open(struct err *err, struct vmem *vm, size_t count);
void pages_close(struct pages *pages);
/* All len bytes, or -1. */
int pages_read(struct err *err, struct pages *pages, uint64_t vaddr, void *buf, size_t len);

#endif
