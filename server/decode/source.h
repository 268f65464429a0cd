/* SPDX-License-Identifier: MIT */
/*
 * source: source lines of function+offset, from a vmlinux with DWARF and from modules next to it, by elfutils' libdwfl.
 * Never by address: a kernel may be anywhere (KASLR). It must not read logs. What it reads is large: a vmlinux is
 * mapped, and its process should have limits (main.c).
 *
 *   vmlinux              ELF with .symtab and .debug_info
 *                        (with .debug_aranges, as gcc makes it: without, no line is found)
 *   DIR/modules/NAME.ko, NAME.ko.debug   the same of a module, DIR being vmlinux's; '_' in NAME may be '-' in the file
 *
 * A function is the symbol of that name whose size agrees: the kernel prints the distance to the next symbol, which
 * is at most SOURCE_PADDING more. If several agree, or only the size differs (another build), the place is unknown.
 */
#ifndef LASTWORDS_DECODE_SOURCE_H
#define LASTWORDS_DECODE_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { SOURCE_PADDING = 64, SOURCE_TEXT = 512, SOURCE_NAME = 128 };

struct source;

/* build_id: the dead kernel's, hex; "" unknown. NULL: it cannot be read, has no debug information, or is of another
 * build. */
struct source *source_open(struct err *err, const char *vmlinux, const char *build_id);
void source_close(struct source *source);

/* A place as the kernel prints it: "name+0x12/0x34 [module]". */
struct source_place {
	char name[SOURCE_NAME], module[64]; /* module "": the kernel itself */
	uint64_t offset, size;
	int returns; /* it is where a call returns to: the call is before it */
};
/*
 * Sets text to where it is: "FILE:LINE", before it the functions that are inlined there, innermost first:
 * "inner at FILE:LINE; outer at FILE:LINE; FILE:LINE". FILE is without the directory of the build. 1, or 0: unknown.
 */
int source_find(struct source *source, const struct source_place *place, char text[SOURCE_TEXT]);

#endif
