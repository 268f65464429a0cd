/* SPDX-License-Identifier: MIT */
/*
 * machine: the machines that dumps are made for, their memory, and the ELF file around it.
 *
 * The tests' own model, written from the kernel's sources and the ABIs, not from the extractor. The
 * memory is one run of bytes at one virtual address. A reader finds it, by `map`, in one PT_LOAD, in
 * two that meet in the middle of a struct, or only through page tables, with the pages scattered.
 */
#ifndef TESTS_VMCORE_MACHINE_H
#define TESTS_VMCORE_MACHINE_H

#include <elf.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct machine {
	const char *name;
	unsigned elf; /* e_machine */
	int elf64, big;
	size_t word;
	uint64_t vaddr, paddr;
};

static const struct machine machine_table[] = {
    {"x86_64", EM_X86_64, 1, 0, 8, 0xffffffff81000000, 0x1000000},
    {"i386", EM_386, 0, 0, 4, 0xc1000000, 0x1000000},
    {"i386-pae", EM_386, 1, 0, 4, 0xc1000000, 0x1000000},
    {"x86_64-elf32", EM_X86_64, 0, 0, 8, 0xffffffff81000000, 0x1000000},
    {"arm64", EM_AARCH64, 1, 0, 8, 0xffff800008000000, 0x40200000},
    {"arm64-be", EM_AARCH64, 1, 1, 8, 0xffff800008000000, 0x40200000},
    {"ppc64", EM_PPC64, 1, 1, 8, 0xc000000001000000, 0x1000000},
    {"s390x", EM_S390, 1, 1, 8, 0x1000000, 0x1000000},
    {"mips", EM_MIPS, 0, 1, 4, 0x80100000, 0x100000},
};
enum { MACHINES = sizeof(machine_table) / sizeof(machine_table[0]) };

__attribute__((unused)) static const struct machine *machine_find(const char *name)
{
	for (size_t i = 0; i < MACHINES; i++) {
		if (strcmp(machine_table[i].name, name) == 0)
			return &machine_table[i];
	}
	return NULL;
}

/* Bytes in the machine's order. */
static void machine_put(const struct machine *m, uint8_t *to, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		to[m->big ? size - 1 - i : i] = (uint8_t)(value >> 8 * i);
}

static uint64_t machine_get(const struct machine *m, const uint8_t *from, size_t size)
{
	uint64_t value = 0;

	for (size_t i = 0; i < size; i++)
		value |= (uint64_t)from[m->big ? size - 1 - i : i] << 8 * i;
	return value;
}

/* A growing run of bytes. */
struct bytes {
	uint8_t *at;
	size_t len;
};

static uint8_t *bytes_grow(struct bytes *b, size_t more)
{
	uint8_t *at = realloc(b->at, b->len + more + 1);

	if (!at)
		abort();
	b->at = at;
	memset(at + b->len, 0, more + 1);
	b->len += more;
	return at + b->len - more;
}

__attribute__((format(printf, 2, 3))) static void bytes_printf(
    struct bytes *b, const char *fmt, ...)
{
	char line[256];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	memcpy(bytes_grow(b, (size_t)n), line, (size_t)n);
}

/* The memory of a machine, and the text of VMCOREINFO. */
struct image {
	const struct machine *m;
	struct bytes memory, info;
};

static void image_begin(struct image *image, const struct machine *m, const char *release)
{
	memset(image, 0, sizeof(*image));
	image->m = m;
	bytes_printf(&image->info, "OSRELEASE=%s\nPAGESIZE=4096\n", release);
	bytes_grow(&image->memory, 64); /* no variable is at the very beginning */
}

/* Makes room in memory, 64-byte aligned. Returns its offset. */
static size_t image_room(struct image *image, size_t size)
{
	size_t at;

	bytes_grow(&image->memory, (64 - image->memory.len % 64) % 64);
	at = image->memory.len;
	bytes_grow(&image->memory, size);
	return at;
}

static uint64_t image_address(const struct image *image, size_t at)
{
	return image->m->vaddr + at;
}

/* Adds a variable that VMCOREINFO names. Returns its offset. */
static size_t image_variable(struct image *image, const char *name, uint64_t value, size_t size)
{
	size_t at = image_room(image, size);

	machine_put(image->m, image->memory.at + at, value, size);
	bytes_printf(
	    &image->info, "SYMBOL(%s)=%llx\n", name, (unsigned long long)image_address(image, at));
	return at;
}

/* --- the ELF file --------------------------------------------------------------------------------- */

/* MAP_PHYSICAL: one PT_LOAD, p_vaddr is its physical address */
enum image_map { MAP_LOAD, MAP_SPLIT, MAP_WALK, MAP_PHYSICAL };

static void image_elf_phdr(const struct machine *m, uint8_t *p, unsigned type, uint64_t off,
    uint64_t vaddr, uint64_t paddr, uint64_t size)
{
	if (m->elf64) {
		machine_put(m, p, type, 4);
		machine_put(m, p + 8, off, 8);
		machine_put(m, p + 16, vaddr, 8);
		machine_put(m, p + 24, paddr, 8);
		machine_put(m, p + 32, size, 8);
		machine_put(m, p + 40, size, 8);
	} else {
		machine_put(m, p, type, 4);
		machine_put(m, p + 4, off, 4);
		machine_put(m, p + 8, vaddr, 4);
		machine_put(m, p + 12, paddr, 4);
		machine_put(m, p + 16, size, 4);
		machine_put(m, p + 20, size, 4);
	}
}

/* The notes: CORE first, as the kernel has them, then VMCOREINFO. */
static void image_notes(const struct machine *m, struct bytes *out, const struct bytes *info)
{
	uint8_t *p = bytes_grow(out, 12 + 8 + 336);

	machine_put(m, p, 5, 4);
	machine_put(m, p + 4, 336, 4);
	machine_put(m, p + 8, 1, 4);
	memcpy(p + 12, "CORE", 4);
	p = bytes_grow(out, 12 + 12 + (info->len + 3) / 4 * 4);
	machine_put(m, p, 11, 4);
	machine_put(m, p + 4, info->len, 4);
	memcpy(p + 12, "VMCOREINFO", 10);
	memcpy(p + 24, info->at, info->len);
}

/*
 * Page tables, then the memory's pages in reverse order, so that only a walk puts them together. The
 * root is the first page.
 */
static void image_page_tables(struct image *image, int five, struct bytes *physical)
{
	const struct machine *m = image->m;
	size_t pages = (image->memory.len + 4095) / 4096,
	       tables = m->elf == EM_X86_64 && five ? 5 : 4;
	size_t last = (pages + 511) / 512;
	uint64_t base = m->paddr, index;
	/* x86: present, writable; arm64: valid table or page */
	uint64_t table = m->elf == EM_AARCH64 ? 3 : 0x67,
		 page = m->elf == EM_AARCH64 ? 0x703 : 0x163;
	uint8_t *p;

	bytes_grow(&image->memory, pages * 4096 - image->memory.len);
	p = bytes_grow(physical, (tables - 1 + last + pages) * 4096);
	for (size_t level = 0; level + 2 < tables; level++) {
		index = m->vaddr >> (12 + 9 * (tables - 1 - level)) & 511;
		machine_put(
		    m, p + level * 4096 + index * 8, (base + (level + 1) * 4096) | table, 8);
	}
	for (size_t i = 0; i < last; i++) {
		index = (m->vaddr >> 21 & 511) + i;
		machine_put(m, p + (tables - 2) * 4096 + index * 8,
		    (base + (tables - 1 + i) * 4096) | table, 8);
	}
	for (size_t i = 0; i < pages; i++) {
		size_t where = tables - 1 + last + (pages - 1 - i);

		memcpy(p + where * 4096, image->memory.at + i * 4096, 4096);
		machine_put(m, p + (tables - 1) * 4096 + i * 8, (base + where * 4096) | page, 8);
	}
}

/* The whole dump. Frees the image. */
static struct bytes image_dump(struct image *image, enum image_map map, int five)
{
	const struct machine *m = image->m;
	struct bytes out = {0}, physical = {0}, notes = {0};
	size_t ehdr = m->elf64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
	size_t phdr = m->elf64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
	size_t loads = map == MAP_SPLIT ? 2 : 1, cut, off;
	uint64_t vaddr = map == MAP_WALK ? 0 : map == MAP_PHYSICAL ? m->paddr : m->vaddr;
	uint8_t *p;

	if (map == MAP_WALK) {
		image_page_tables(image, five, &physical);
		/* the root's virtual address, as the image's own map gives it */
		if (m->elf == EM_AARCH64)
			bytes_printf(&image->info,
			    /* a kernel built for 52 bits on a CPU that has 48 */
			    "NUMBER(VA_BITS)=52\nNUMBER(TCR_EL1_T1SZ)=0x10\nSYMBOL(_stext)=%llx\n"
			    "NUMBER(kimage_voffset)=0x%llx\nSYMBOL(swapper_pg_dir)=%llx\n",
			    (unsigned long long)m->vaddr + (1 << 30),
			    (unsigned long long)(m->vaddr + (1 << 30) - m->paddr),
			    (unsigned long long)m->vaddr + (1 << 30));
		else
			bytes_printf(&image->info,
			    "NUMBER(phys_base)=%lld\nSYMBOL(init_top_pgt)=%llx\n"
			    "NUMBER(pgtable_l5_enabled)=%d\n",
			    (long long)m->paddr - 0x3f000000, 0xffffffffbf000000ULL, five);
	} else {
		memcpy(
		    bytes_grow(&physical, image->memory.len), image->memory.at, image->memory.len);
	}
	bytes_printf(&image->info, "CRASHTIME=1795250871\n");
	image_notes(m, &notes, &image->info);
	bytes_grow(&out, ehdr + (1 + loads) * phdr);
	off = out.len;
	memcpy(bytes_grow(&out, notes.len), notes.at, notes.len);
	bytes_grow(&out, 64 - out.len % 64);
	cut = map == MAP_SPLIT ? physical.len / 2 + 3 : physical.len;
	p = out.at;
	memcpy(p, ELFMAG, 4);
	p[EI_CLASS] = m->elf64 ? ELFCLASS64 : ELFCLASS32;
	p[EI_DATA] = m->big ? ELFDATA2MSB : ELFDATA2LSB;
	p[EI_VERSION] = 1;
	machine_put(m, p + 16, ET_CORE, 2);
	machine_put(m, p + 18, m->elf, 2);
	machine_put(m, p + 20, 1, 4);
	if (m->elf64) {
		machine_put(m, p + 32, ehdr, 8);
		machine_put(m, p + 54, phdr, 2);
		machine_put(m, p + 56, 1 + loads, 2);
	} else {
		machine_put(m, p + 28, ehdr, 4);
		machine_put(m, p + 42, phdr, 2);
		machine_put(m, p + 44, 1 + loads, 2);
	}
	image_elf_phdr(m, p + ehdr, PT_NOTE, off, 0, 0, notes.len);
	image_elf_phdr(m, p + ehdr + phdr, PT_LOAD, out.len, vaddr, m->paddr, cut);
	if (map == MAP_SPLIT)
		image_elf_phdr(m, p + ehdr + 2 * phdr, PT_LOAD, out.len + cut, m->vaddr + cut,
		    m->paddr + cut, physical.len - cut);
	memcpy(bytes_grow(&out, physical.len), physical.at, physical.len);
	free(physical.at);
	free(notes.at);
	free(image->memory.at);
	free(image->info.at);
	return out;
}

#endif
