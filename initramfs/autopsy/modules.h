/* SPDX-License-Identifier: MIT */
/*
 * modules: the modules that the dead kernel had loaded.
 *
 * Source: Linux include/linux/module.h; the layout is in core_layout before 6.4, in mem[] since. A module's
 * size is that of /proc/modules. At most MODULES_MAX are read.
 */
#ifndef AUTOPSY_MODULES_H
#define AUTOPSY_MODULES_H

#include "kernel.h"

enum {
	MODULES_MAX = 1024,
	MODULES_SECTIONS = 4, /* of mem[], those that stay: text, data, rodata, ro_after_init */
};

struct module {
	uint64_t address; /* of struct module */
	char name[KERNEL_NAME];
	uint64_t text, text_size;
	uint64_t size;
	int64_t refs; /* as /proc/modules prints them */
	uint64_t taints; /* bits */
	int live; /* neither loading nor going */
};

struct modules {
	struct module *module; /* array.h */
	size_t count, room;
	int damaged; /* the list ended early */
};

/* 0, or -1: the list cannot be found. modules_free is due in either case. */
int modules_load(struct err *err, struct kernel *kernel, struct modules *modules);
void modules_free(struct modules *modules);
/* Finds the layouts of modules' own structs (LAYOUT_MODULE_FIELDS), by the modules' BTF (since 5.11). */
void modules_find_layouts(struct kernel *kernel, const struct modules *modules);
/* The module of that name, or NULL; the address of a symbol of it, or 0. */
const struct module *modules_by_name(const struct modules *modules, const char *name);
uint64_t modules_symbol(struct kernel *kernel, const struct module *module, const char *name);
/* The module whose code has that address, or NULL. */
const struct module *modules_find(const struct modules *modules, uint64_t address);
/* As kallsyms_lookup, of a module's symbols. */
int modules_lookup(struct kernel *kernel, const struct module *module, uint64_t address, char *name,
    size_t name_size, uint64_t *start, uint64_t *size);

#endif
