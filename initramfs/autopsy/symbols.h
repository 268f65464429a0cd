/* SPDX-License-Identifier: MIT */
/*
 * symbols: an address in the kernel's or a module's code as the kernel prints it: "vfs_read+0x9f/0x330",
 * "e1000_clean+0x27/0x710 [e1000]".
 *
 * Of a return address (%pB) the byte before it is looked up, since a call may be a function's last
 * instruction. What has been looked up is kept: a dump's stacks consist of some 80 addresses.
 */
#ifndef AUTOPSY_SYMBOLS_H
#define AUTOPSY_SYMBOLS_H

#include "modules.h"

enum {
	SYMBOLS_TEXT = KALLSYMS_NAME + KERNEL_NAME + 48,
	SYMBOLS_KEPT = 512,
	SYMBOLS_SHORT = 120, /* longer texts are not kept */
};

struct symbols {
	struct kernel *kernel;
	const struct modules *modules;
	struct symbols_kept {
		uint64_t address;
		int is_return;
		char text[SYMBOLS_SHORT]; /* "": free */
	} * kept;
};

/* 0/-1. symbols_free is due in either case. */
int symbols_init(
    struct err *err, struct kernel *kernel, const struct modules *modules, struct symbols *symbols);
void symbols_free(struct symbols *symbols);
/* 1 if the address lies in code. */
int symbols_is_text(const struct symbols *symbols, uint64_t address);
/* The text, which has no address if it is unknown: "(unknown)". text: SYMBOLS_TEXT bytes. */
void symbols_text(struct symbols *symbols, uint64_t address, int is_return, char *text);
/* The function's name alone, "" unknown; name: KALLSYMS_NAME bytes. The function's start, or 0. */
uint64_t symbols_function(struct symbols *symbols, uint64_t address, char *name);

#endif
