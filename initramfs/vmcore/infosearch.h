/* SPDX-License-Identifier: MIT */
/*
 * infosearch: the kernel's own page of VMCOREINFO, searched for in a dump's memory, for when the
 * note made of it is missing or garbage.
 *
 * Source: Linux kernel/crash_core.c (crash_save_vmcoreinfo_init): since 4.13 vmcoreinfo_data is a
 * zeroed page of its own, and its text begins with "OSRELEASE=" (before, it was an array that need
 * not begin a page: not found). Ten bytes of each page are read, of a bounded number of pages. What
 * is found may be another kernel's, left in memory that nobody has used since: the caller has to see
 * whether a log comes of it.
 */
#ifndef DMESG_INFOSEARCH_H
#define DMESG_INFOSEARCH_H

#include <stdint.h>

#include "elfcore.h"

enum {
	INFOSEARCH_PAGE = 4096, /* larger pages begin on such a boundary as well */
	INFOSEARCH_PAGES = 4 << 20, /* 16 GB: some ten seconds of /proc/vmcore */
};

struct infosearch {
	size_t segment; /* where to go on */
	uint64_t pos;
	uint64_t pages; /* looked at */
};

/*
 * The next such page: 1 and its offset in the file, or 0: no more. *search is zeroed before the
 * first.
 */
int infosearch_next(
    struct dump *dump, const struct elfcore *core, struct infosearch *search, uint64_t *off);

#endif
