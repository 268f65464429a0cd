/* SPDX-License-Identifier: MIT */
/*
 * autopsy_fake: the memory of the made-up kernel (autopsy_kernel.h): what is in it, and how it is written:
 * numbers, texts, symbols, variables.
 */
#ifndef TESTS_AUTOPSY_FAKE_H
#define TESTS_AUTOPSY_FAKE_H

#include "tests/vmcore/ring.h"

enum {
	FAKE_SYMBOLS = 1500,
	FAKE_STRUCTS = 96,
	FAKE_MEMBERS = 40,
	FAKE_TEXT = 0x1000, /* offset of the code in memory */
	FAKE_FUNCTION = 0x100, /* bytes of each function */
	FAKE_FRAME = 0x20, /* bytes of a function's frame: two words, bp, the return address */
	FAKE_IN = 0x50, /* how far into a function the calls on stacks are */
};

enum fake_rule { FAKE_BASE, FAKE_PERCPU, FAKE_PLACE };

struct fake_member {
	char name[40];
	uint32_t offset, size, type;
	int inner; /* number of the struct that it is, or -1 */
};

struct fake_struct {
	char name[40];
	uint32_t size, id;
	unsigned count;
	struct fake_member member[FAKE_MEMBERS];
};

struct fake_symbol {
	const char *name;
	uint64_t address;
	char type;
};

struct fake {
	struct ring ring;
	struct image *image; /* the ring's */
	struct fake_symbol symbol[FAKE_SYMBOLS];
	size_t symbols;
	struct fake_struct object[FAKE_STRUCTS];
	size_t objects;
	struct bytes types, strings; /* BTF */
	struct bytes
	    before; /* of a module's BTF: the strings of the kernel's, which are before its own */
	uint32_t last; /* type's number */
	uint32_t ints[9], chars; /* types of ints by their size */
	/* how it is made */
	enum fake_rule rule;
	int offsets_first; /* kallsyms: the order of tables before 6.5 */
	int named; /* VMCOREINFO has the tables' symbols */
	int long_names;
	int new_orc; /* the numbers since 7.x */
	int no_btf; /* no symbols of it */
	int functions_only; /* no other symbols: without CONFIG_KALLSYMS_ALL */
	uint64_t pac;
	/* what was made: offsets in memory */
	size_t init_task, victim, mutex_a, mutex_b, rwsem, task_a, task_b, task_r, worker, module,
	    modules, net;
	size_t orc_ips, orc_entries, orc_count;
	size_t names, tokens, index, offsets, base, number, btf;
	size_t rq[2];
	size_t from; /* where memory begins in the dump */
};

/* --- memory ----------------------------------------------------------------------------------------- */

static uint64_t fake_address(const struct fake *f, size_t at)
{
	return image_address(f->image, at);
}

static void fake_put(struct fake *f, size_t at, uint64_t value, size_t size)
{
	machine_put(f->image->m, f->image->memory.at + at, value, size);
}

static uint64_t fake_get(struct fake *f, size_t at, size_t size)
{
	return machine_get(f->image->m, f->image->memory.at + at, size);
}

static void fake_text(struct fake *f, size_t at, const char *text)
{
	memcpy(f->image->memory.at + at, text, strlen(text) + 1);
}

static void fake_symbol(struct fake *f, const char *name, char type, uint64_t address)
{
	if (f->functions_only && type != 'T' && type != 't')
		return;
	if (f->symbols == FAKE_SYMBOLS)
		abort();
	f->symbol[f->symbols].name = name;
	f->symbol[f->symbols].type = type;
	f->symbol[f->symbols++].address = address;
}

static size_t fake_variable(struct fake *f, const char *name, uint64_t value, size_t size)
{
	size_t at = image_room(f->image, size < 8 ? 8 : size);

	fake_put(f, at, value, size > 8 ? 8 : size);
	fake_symbol(f, name, 'D', fake_address(f, at));
	return at;
}

/* A C string somewhere in memory: its address. */
static uint64_t fake_string(struct fake *f, const char *text)
{
	size_t at = image_room(f->image, strlen(text) + 1);

	fake_text(f, at, text);
	return fake_address(f, at);
}

#endif
