/* SPDX-License-Identifier: MIT */
/*
 * infosearch: the kernel's own page of VMCOREINFO, searched for in a dump's memory. For vmem only.
 *
 * Source: Linux kernel/crash_core.c (crash_save_vmcoreinfo_init): since 4.13 vmcoreinfo_data is a
 * zeroed page of its own, whose text begins with "OSRELEASE=" (before, it was an array that need
 * not begin a page: not found). The first ten bytes of each page are read, of a bounded number of
 * pages. A page may be of another kernel, left in memory that nobody has used since.
 */
#ifndef VMCORE_INFOSEARCH_H
#define VMCORE_INFOSEARCH_H

#include <stdint.h>

#include "elfcore.h"

enum {
	INFOSEARCH_PAGE = 4096, /* larger pages begin on such a boundary too */
	INFOSEARCH_PAGES = 4 << 20, /* 16 GB: some ten seconds of /proc/vmcore */
};

/* Where the search is; all zero: at its beginning. */
struct infosearch {
	size_t segment;
	uint64_t pos; /* in that segment */
	uint64_t pages; /* examined */
};

/* The next such page: 1 and its offset in the file, or 0: no more. */
int infosearch_next(
    struct dump *dump, const struct elfcore *core, struct infosearch *search, uint64_t *off);

#endif
