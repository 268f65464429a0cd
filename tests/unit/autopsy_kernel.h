/* SPDX-License-Identifier: MIT */
/*
 * autopsy_kernel: a made-up kernel of some 40 KB in memory, with what an autopsy reads of a real one:
 * kallsyms in each of its forms, BTF, ORC tables, tasks with stacks and locks, modules, some devices.
 *
 * The tests' own model, written from the kernel's sources (scripts/kallsyms.c, btf.rst, orc_types.h), not
 * from the reader. Structs are the rows of a text; what is poked into memory goes through the same rows.
 * Its parts: autopsy_fake.h (memory), autopsy_types.h (BTF), autopsy_code.h (ORC), autopsy_names.h
 * (kallsyms); this file puts them together.
 */
#ifndef TESTS_AUTOPSY_KERNEL_H
#define TESTS_AUTOPSY_KERNEL_H

#include "autopsy_names.h"

/* An empty kernel: memory, a log of one line, the structs. The fields of struct fake may be set after it. */
static void fake_begin(struct fake *f, const char *machine, const char *release)
{
	memset(f, 0, sizeof(*f));
	f->image = &f->ring.image;
	f->ring.kind = RING_PRB;
	image_begin(f->image, machine_find(machine), release);
	f->named = f->long_names = 1;
	prb_begin(&f->ring, 3, 8, 0);
	prb_store(&f->ring, RING_FINALIZED, 6, 1, 1, "Kernel panic - not syncing: made up", 35, 0);
}

/* Registers of CPU 0, for fake_dump. */
struct fake_regs {
	uint64_t reg[34];
};

/* Word i of pt_regs (x86-64), or of x0 to x30, sp, pc, pstate (arm64). */
enum { FAKE_BP = 4, FAKE_DI = 14, FAKE_IP = 16, FAKE_CS = 17, FAKE_SP = 19 };

/* The dump. regs: of CPU 0, or NULL. Frees the memory: from now on fake_poke. */
static struct bytes fake_dump(struct fake *f, const struct fake_regs *regs)
{
	const struct machine *m = f->image->m;
	struct bytes dump;
	size_t len;

	fake_put_btf(f);
	fake_put_kallsyms(f);
	bytes_printf(&f->image->info, "NUMBER(KERNELPACMASK)=0x%llx\n", (unsigned long long)f->pac);
	ring_finish(&f->ring);
	free(f->types.at);
	free(f->strings.at);
	len = f->image->memory.len;
	dump = image_dump(f->image, MAP_LOAD, 0);
	f->from = dump.len - len;
	/* the note CORE is the first: its descriptor follows the headers, 12 bytes and the name */
	for (unsigned i = 0; regs && i < (m->elf == EM_X86_64 ? 27U : 28U); i++) {
		size_t at = sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr) + 20 + 112 + 8 * i;

		machine_put(m, dump.at + at, regs->reg[i], 8);
	}
	if (regs)
		machine_put(
		    m, dump.at + sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr) + 20 + 32, 100, 4);
	return dump;
}

/* Bytes of the types and strings of its BTF. */
static size_t fake_btf_bytes(const struct fake *f)
{
	return f->types.len + f->strings.len;
}

/* Changes a value in a dump. */
static void fake_poke(struct fake *f, struct bytes *dump, size_t at, uint64_t value, size_t size)
{
	machine_put(f->image->m, dump->at + f->from + at, value, size);
}

#endif
