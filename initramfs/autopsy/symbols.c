/* SPDX-License-Identifier: MIT */
/* symbols: addresses as the kernel prints them; see symbols.h. */
#include "symbols.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int symbols_init(
    struct err *err, struct kernel *kernel, const struct modules *modules, struct symbols *symbols)
{
	symbols->kernel = kernel;
	symbols->modules = modules;
	symbols->kept = calloc(SYMBOLS_KEPT, sizeof(*symbols->kept));
	return symbols->kept ? 0 : err_set(err, "out of memory");
}

void symbols_free(struct symbols *symbols)
{
	free(symbols->kept);
	symbols->kept = NULL;
}

int symbols_is_text(const struct symbols *symbols, uint64_t address)
{
	return kernel_is_text(symbols->kernel, address) || modules_find(symbols->modules, address);
}

/* 0/-1. *module: NULL of the kernel itself. */
static int symbols_lookup(struct symbols *symbols, uint64_t address, char *name, uint64_t *start,
    uint64_t *size, const struct module **module)
{
	struct err ignored;

	*module = modules_find(symbols->modules, address);
	if (*module)
		return modules_lookup(
		    symbols->kernel, *module, address, name, KALLSYMS_NAME, start, size);
	if (!kernel_is_text(symbols->kernel, address))
		return -1;
	return kallsyms_lookup(&ignored, symbols->kernel->kallsyms, address, name, start, size);
}

static void symbols_make(struct symbols *symbols, uint64_t address, int is_return, char *text)
{
	const struct module *module;
	char name[KALLSYMS_NAME];
	uint64_t start, size;

	if (symbols_lookup(symbols, address - (is_return != 0), name, &start, &size, &module)) {
		snprintf(text, SYMBOLS_TEXT, "(unknown)%s%s%s", module ? " [" : "",
		    module ? module->name : "", module ? "]" : "");
		return;
	}
	snprintf(text, SYMBOLS_TEXT, "%s+0x%" PRIx64 "/0x%" PRIx64 "%s%s%s", name, address - start,
	    size, module ? " [" : "", module ? module->name : "", module ? "]" : "");
}

void symbols_text(struct symbols *symbols, uint64_t address, int is_return, char *text)
{
	struct symbols_kept *kept =
	    &symbols->kept[(address * 0x9e3779b97f4a7c15ULL >> 32) % SYMBOLS_KEPT];

	if (kept->text[0] && kept->address == address && kept->is_return == is_return) {
		memcpy(text, kept->text, sizeof(kept->text));
		return;
	}
	symbols_make(symbols, address, is_return, text);
	kept->text[0] = '\0';
	if (strlen(text) < sizeof(kept->text)) {
		kept->address = address;
		kept->is_return = is_return;
		memcpy(kept->text, text, strlen(text) + 1);
	}
}

uint64_t symbols_function(struct symbols *symbols, uint64_t address, char *name)
{
	const struct module *module;
	uint64_t start, size;

	name[0] = '\0';
	return symbols_lookup(symbols, address, name, &start, &size, &module) ? 0 : start;
}
