/* SPDX-License-Identifier: MIT */
/* modules: those that the dead kernel had loaded; see modules.h. */
#include "modules.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

enum {
	MODULES_SYMBOLS = 65536, /* of one module */
	MODULES_SIZE_MAX = 256 << 20,
	MODULES_BTFS = 16, /* modules' BTF that is read */
	MODULES_BTF_MAX = 4 << 20, /* bytes of one */
};

/* Base and size of a section of mem[]. */
static uint64_t modules_section(struct kernel *k, uint64_t module, unsigned i, uint64_t *base)
{
	uint64_t at =
	    kernel_at(k, L_MODULE_MEM, module) + (uint64_t)i * k->layout.field[L_MODULE_MEM].each;

	*base = kernel_get(k, L_MEM_BASE, at);
	return kernel_get(k, L_MEM_SIZE, at);
}

static void modules_read(struct kernel *k, uint64_t address, struct module *m)
{
	memset(m, 0, sizeof(*m));
	m->address = address;
	kernel_text(k, kernel_at(k, L_MODULE_NAME, address), m->name, sizeof(m->name));
	m->refs = (int64_t)((uint64_t)kernel_get_signed(k, L_MODULE_REFS, address) - 1);
	m->taints = kernel_get(k, L_MODULE_TAINTS, address);
	m->live = kernel_get(k, L_MODULE_STATE, address) == 0;
	if (kernel_has(k, L_MODULE_MEM)) {
		m->text_size = modules_section(k, address, 0, &m->text);
		for (unsigned i = 0; i < MODULES_SECTIONS; i++) {
			uint64_t base;

			m->size += modules_section(k, address, i, &base);
		}
	} else {
		uint64_t core = kernel_at(k, L_MODULE_CORE, address);

		m->text = kernel_get(k, L_CORE_BASE, core);
		m->text_size = kernel_get(k, L_CORE_TEXT_SIZE, core);
		m->size = kernel_get(k, L_CORE_SIZE, core);
	}
	if (m->text_size > MODULES_SIZE_MAX)
		m->text_size = 0;
}

int modules_load(struct err *err, struct kernel *k, struct modules *modules)
{
	struct kernel_list list;
	uint64_t node;

	memset(modules, 0, sizeof(*modules));
	if (!k->symbol[S_modules] || !kernel_has(k, L_MODULE_LIST))
		return err_set(err, "the list of modules is not known");
	kernel_list_begin(&list, k->symbol[S_modules], MODULES_MAX);
	kernel_fault(k);
	while (kernel_list_next(k, &list, &node)) {
		struct module *more =
		    array_grow(err, modules->module, &modules->room, modules->count, sizeof(*more));

		if (!more)
			return -1;
		modules->module = more;
		modules_read(k, kernel_owner(k, L_MODULE_LIST, node), &more[modules->count]);
		if (!kernel_fault(k))
			modules->count++;
	}
	modules->damaged = list.damaged;
	kernel_fault(k);
	return 0;
}

void modules_free(struct modules *modules)
{
	free(modules->module);
	memset(modules, 0, sizeof(*modules));
}

const struct module *modules_by_name(const struct modules *modules, const char *name)
{
	for (size_t i = 0; i < modules->count; i++) {
		if (strcmp(modules->module[i].name, name) == 0)
			return &modules->module[i];
	}
	return NULL;
}

void modules_find_layouts(struct kernel *k, const struct modules *modules)
{
	int left = MODULES_BTFS;
	struct kernel_list list;
	uint64_t node;

	if (!k->symbol[S_btf_modules] || !kernel_has(k, L_BTFMOD_BTF) ||
	    !kernel_has(k, L_BTFOBJ_DATA))
		return;
	kernel_list_begin(&list, k->symbol[S_btf_modules], MODULES_MAX);
	while (kernel_list_next(k, &list, &node) && left > 0) {
		uint64_t entry = kernel_owner(k, L_BTFMOD_LIST, node);
		uint64_t module = kernel_get(k, L_BTFMOD_MODULE, entry);
		uint64_t object = kernel_get(k, L_BTFMOD_BTF, entry);
		uint64_t data = kernel_get(k, L_BTFOBJ_DATA, object);
		uint64_t size = kernel_get(k, L_BTFOBJ_SIZE, object);
		struct err ignored;
		struct btf *btf;

		if (kernel_fault(k) || size > MODULES_BTF_MAX)
			continue;
		for (size_t i = 0; i < modules->count && left > 0; i++) {
			const struct module *m = &modules->module[i];

			if (m->address != module || !layout_wants_module(m->name))
				continue;
			left--;
			btf = btf_open_module(&ignored, k->btf, data, data + size);
			if (btf)
				layout_find_module(btf, &k->words, m->name, &k->layout);
			btf_close(btf);
		}
	}
	kernel_fault(k);
}

const struct module *modules_find(const struct modules *modules, uint64_t address)
{
	for (size_t i = 0; i < modules->count; i++) {
		if (address - modules->module[i].text < modules->module[i].text_size)
			return &modules->module[i];
	}
	return NULL;
}

/* Whether the name at that address is one that the kernel prints. */
static int modules_printed(struct kernel *k, uint64_t at)
{
	char name[3];

	kernel_text(k, at, name, sizeof(name));
	return name[0] != '\0' && name[0] != '$' && strncmp(name, ".L", 2) != 0 &&
	       strncmp(name, "L0", 2) != 0;
}

/* Where a module's symbols are, and how many. */
static uint64_t modules_table(
    struct kernel *k, const struct module *module, uint64_t *count, uint64_t *strings)
{
	uint64_t syms = kernel_get(k, L_MODULE_KALLSYMS, module->address);

	*count = kernel_get(k, L_SYMS_COUNT, syms);
	if (*count > MODULES_SYMBOLS)
		*count = MODULES_SYMBOLS;
	*strings = kernel_get(k, L_SYMS_STRINGS, syms);
	return kernel_get(k, L_SYMS_TABLE, syms);
}

uint64_t modules_symbol(struct kernel *k, const struct module *module, const char *name)
{
	uint64_t count, strings, table = modules_table(k, module, &count, &strings);
	enum dump_order order = vmem_header(k->vm)->order;

	for (uint64_t i = 1; i < count; i++) {
		uint8_t b[sizeof(Elf64_Sym)];
		char text[KERNEL_NAME];

		if (kernel_read(k, table + i * sizeof(b), b, sizeof(b)))
			break;
		kernel_text(k, strings + dump_uint(order, b + offsetof(Elf64_Sym, st_name), 4),
		    text, sizeof(text));
		if (strcmp(text, name) == 0 &&
		    dump_uint(order, b + offsetof(Elf64_Sym, st_shndx), 2) != SHN_UNDEF)
			return dump_uint(order, b + offsetof(Elf64_Sym, st_value), 8);
	}
	kernel_fault(k);
	return 0;
}

int modules_lookup(struct kernel *k, const struct module *module, uint64_t address, char *name,
    size_t name_size, uint64_t *start, uint64_t *size)
{
	uint64_t count, strings, text = 0, table = modules_table(k, module, &count, &strings);
	uint64_t next = module->text + module->text_size;
	enum dump_order order = vmem_header(k->vm)->order;

	*start = 0;
	for (uint64_t i = 1; i < count; i++) {
		uint8_t b[sizeof(Elf64_Sym)];
		uint64_t value, at;

		if (kernel_read(k, table + i * sizeof(b), b, sizeof(b)))
			break;
		value = dump_uint(order, b + offsetof(Elf64_Sym, st_value), 8);
		at = strings + dump_uint(order, b + offsetof(Elf64_Sym, st_name), 4);
		if (dump_uint(order, b + offsetof(Elf64_Sym, st_shndx), 2) == SHN_UNDEF)
			continue;
		if (value <= address && value > *start && modules_printed(k, at)) {
			*start = value;
			text = at;
		} else if (value > address && value < next && modules_printed(k, at)) {
			next = value;
		}
	}
	if (*start < module->text)
		return -1;
	kernel_text(k, text, name, name_size);
	*size = next - *start;
	return kernel_fault(k) ? -1 : 0;
}
