/* SPDX-License-Identifier: MIT */
/* xlate: virtual addresses to places in the dump; see xlate.h. Reads page tables, nothing else. */
#include "xlate.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#ifndef EM_LOONGARCH
#define EM_LOONGARCH 258
#endif

enum {
	XLATE_RECENT = 8,
	XLATE_WALKS = 1 << 20, /* page-table walks a dump: bounds the work */
	XLATE_LEVELS = 5,
	XLATE_BLOCK = 64, /* entries of a table that are read at once */
};

#define X86_TEXT_MAP 0xffffffff80000000ULL /* __START_KERNEL_map */
#define X86_TEXT_END 0xffffffffc0000000ULL /* KERNEL_IMAGE_SIZE with KASLR is 1 GB */
#define S390_IMAGE_MAX (512ULL << 20) /* KERNEL_IMAGE_SIZE */
#define ARM64_IMAGE_MAX (512ULL << 20)
#define ARM64_BEFORE_STEXT (64ULL << 20) /* modules begin further below */
#define RISCV_IMAGE 0xffffffff80000000ULL
#define X86_ADDRESS 0x000ffffffffff000ULL

struct xlate {
	struct dump *dump;
	struct elfcore *core;
	const struct elfcore_header *header; /* of core */
	const struct vmcoreinfo *info;
	struct {
		uint64_t vaddr, off, run;
	} recent[XLATE_RECENT];
	unsigned next; /* the entry of recent[] to replace */
	/* at each level the block of the table that was read last; off 0: none */
	struct {
		uint64_t off;
		uint8_t bytes[XLATE_BLOCK * 8];
	} block[XLATE_LEVELS];
	uint64_t walks; /* that may still be done */
};

struct xlate_geometry {
	unsigned page_shift, level_bits, levels, va_bits;
};

struct xlate *xlate_new(
    struct err *err, struct dump *dump, struct elfcore *core, const struct vmcoreinfo *info)
{
	struct xlate *xlate = calloc(1, sizeof(*xlate));

	if (!xlate) {
		err_set(err, "out of memory");
		return NULL;
	}
	xlate->dump = dump;
	xlate->core = core;
	xlate->header = elfcore_header(core);
	xlate->info = info;
	xlate_reset(xlate);
	return xlate;
}

void xlate_free(struct xlate *xlate)
{
	free(xlate);
}

void xlate_reset(struct xlate *xlate)
{
	memset(xlate->recent, 0, sizeof(xlate->recent));
	memset(xlate->block, 0, sizeof(xlate->block));
	xlate->walks = XLATE_WALKS;
}

/*
 * A physical address in the kernel's image, by VMCOREINFO, and how many bytes of the image's window follow: what
 * comes after it (modules) is mapped otherwise. 0/-1.
 */
static int xlate_image(const struct xlate *xlate, uint64_t vaddr, uint64_t *paddr, uint64_t *room)
{
	const struct vmcoreinfo *info = xlate->info;
	uint64_t begin, size, offset;

	switch (xlate->header->machine) {
	case EM_X86_64:
		begin = X86_TEXT_MAP;
		size = X86_TEXT_END - X86_TEXT_MAP;
		/* kernels before 4.10 have no phys_base in VMCOREINFO; dumps of theirs have no KASLR */
		offset = vmcoreinfo_get(info, VMCI_PHYS_BASE, 0) - X86_TEXT_MAP;
		break;
	case EM_AARCH64:
		if (!vmcoreinfo_has(info, VMCI_KIMAGE_VOFFSET) || !vmcoreinfo_has(info, VMCI_STEXT))
			return -1;
		begin = vmcoreinfo_get(info, VMCI_STEXT, 0) - ARM64_BEFORE_STEXT;
		size = ARM64_IMAGE_MAX;
		offset = 0 - vmcoreinfo_get(info, VMCI_KIMAGE_VOFFSET, 0);
		break;
	case EM_RISCV:
		if (!vmcoreinfo_has(info, VMCI_VA_KERNEL_PA_OFFSET))
			return -1;
		begin = RISCV_IMAGE;
		size = 0 - RISCV_IMAGE;
		offset = 0 - vmcoreinfo_get(info, VMCI_VA_KERNEL_PA_OFFSET, 0);
		break;
	case EM_S390:
		/* since 6.10 the image is mapped apart from the rest of memory */
		if (!vmcoreinfo_has(info, VMCI_KERNELOFFPHYS))
			return -1;
		begin = vmcoreinfo_get(info, VMCI_KERNELOFFSET, 0);
		size = S390_IMAGE_MAX;
		offset = vmcoreinfo_get(info, VMCI_KERNELOFFPHYS, 0) - begin;
		break;
	default:
		return -1;
	}
	if (vaddr - begin >= size)
		return -1;
	*paddr = vaddr + offset;
	*room = size - (vaddr - begin);
	return 0;
}

/*
 * Where lowmem of a 32-bit kernel begins. Of the PAGE_OFFSETs in its configuration it is the one next
 * below the image, which KASLR moves up by at most 512 MB on i386.
 */
static uint64_t xlate_lowmem(const struct vmcoreinfo *info)
{
	static const uint32_t splits[] = {0xc0000000, 0xb0000000, 0x80000000, 0x78000000};
	uint64_t stext = vmcoreinfo_get(info, VMCI_STEXT, 0xc0000000);

	for (size_t i = 0; i < sizeof(splits) / sizeof(splits[0]); i++) {
		if (stext >= splits[i])
			return splits[i];
	}
	return 0x40000000;
}

/* The linear map, where the architecture or VMCOREINFO defines it. 0/-1. */
static int xlate_linear(const struct xlate *xlate, uint64_t vaddr, uint64_t *paddr)
{
	const struct vmcoreinfo *info = xlate->info;
	uint64_t base;

	switch (xlate->header->machine) {
	case EM_X86_64:
		base = vmcoreinfo_get(info, VMCI_PAGE_OFFSET, UINT64_MAX);
		if (vaddr < base || vaddr >= X86_TEXT_MAP)
			return -1;
		*paddr = vaddr - base;
		return 0;
	case EM_386:
	case EM_ARM:
	case EM_PPC:
		base = xlate_lowmem(info);
		if (vaddr < base)
			return -1;
		*paddr = vaddr - base;
		if (xlate->header->machine == EM_ARM && xlate->header->lowest != UINT64_MAX)
			*paddr += xlate->header->lowest;
		return 0;
	case EM_PPC64:
		if (vaddr >> 60 != 0xc)
			return -1;
		*paddr = vaddr & 0x0fffffffffffffffULL;
		return 0;
	case EM_S390:
		base = vmcoreinfo_get(info, VMCI_IDENTITYBASE, 0); /* since 6.10 */
		if (vaddr < base)
			return -1;
		*paddr = vaddr - base;
		return 0;
	case EM_MIPS:
		if (xlate->header->word == 8 && vaddr >> 62 == 2)
			*paddr = vaddr & 0x07ffffffffffffffULL; /* xkphys */
		else
			*paddr = vaddr & 0x1fffffff; /* (c)kseg0 */
		return 0;
	case EM_RISCV:
		base = vmcoreinfo_get(info, VMCI_NUMBER_PAGE_OFFSET, UINT64_MAX);
		if (vaddr < base || !vmcoreinfo_has(info, VMCI_PHYS_RAM_BASE))
			return -1;
		*paddr = vaddr - base + vmcoreinfo_get(info, VMCI_PHYS_RAM_BASE, 0);
		return 0;
	case EM_LOONGARCH:
		*paddr = vaddr & 0x0000ffffffffffffULL; /* direct mapping windows */
		return 0;
	default:
		return -1;
	}
}

static int xlate_arm64_geometry(const struct vmcoreinfo *info, struct xlate_geometry *g)
{
	uint64_t va = vmcoreinfo_get(info, VMCI_VA_BITS, 48);

	switch (vmcoreinfo_get(info, VMCI_PAGESIZE, 4096)) {
	case 4096:
		g->page_shift = 12;
		break;
	case 16384:
		g->page_shift = 14;
		break;
	case 65536:
		g->page_shift = 16;
		break;
	default:
		return -1;
	}
	/*
	 * The CPU's own setting (T1SZ) decides, except with 64 KB pages: there a kernel built for 52 bits
	 * keeps the table for 52 and points the CPU into its middle.
	 */
	if (vmcoreinfo_has(info, VMCI_T1SZ) && g->page_shift != 16)
		va = 64 - (vmcoreinfo_get(info, VMCI_T1SZ, 0) & 63);
	if (va < 36 || va > 52)
		return -1; /* (so that there are at most XLATE_LEVELS) */
	g->va_bits = (unsigned)va;
	g->level_bits = g->page_shift - 3;
	g->levels = (g->va_bits - g->page_shift + g->level_bits - 1) / g->level_bits;
	return 0;
}

static int xlate_geometry(const struct xlate *xlate, struct xlate_geometry *g)
{
	if (xlate->header->machine == EM_AARCH64)
		return xlate_arm64_geometry(xlate->info, g);
	if (xlate->header->machine != EM_X86_64)
		return -1;
	g->page_shift = 12;
	g->level_bits = 9;
	g->levels = vmcoreinfo_get(xlate->info, VMCI_L5_ENABLED, 0) == 1 ? 5 : 4;
	g->va_bits = 12 + 9 * g->levels;
	return 0;
}

enum xlate_kind { XLATE_NONE, XLATE_TABLE, XLATE_LEAF /* a page or a block */ };

/* The kind of a page-table entry, and the address in it. level 0 is the last. */
static enum xlate_kind xlate_entry(const struct xlate *xlate, const struct xlate_geometry *g,
    uint64_t entry, unsigned level, uint64_t *address)
{
	if (!(entry & 1))
		return XLATE_NONE;
	if (xlate->header->machine == EM_X86_64) {
		*address = entry & X86_ADDRESS & ~vmcoreinfo_get(xlate->info, VMCI_SME_MASK, 0);
		return level == 0 || (level <= 2 && (entry & 0x80)) ? XLATE_LEAF : XLATE_TABLE;
	}
	*address = entry & 0x0000ffffffffffffULL & ~((1ULL << g->page_shift) - 1);
	if (g->page_shift == 16)
		*address |= (entry >> 12 & 0xf) << 48;
	else if (g->va_bits > 48) /* LPA2: bits 49:48 in place, 51:50 in 9:8 */
		*address |= (entry & 0x0003000000000000ULL) | (entry >> 8 & 3) << 50;
	if (level == 0)
		return entry & 2 ? XLATE_LEAF : XLATE_NONE;
	return entry & 2 ? XLATE_TABLE : XLATE_LEAF;
}

/* Entry index of the table at off, of which have bytes lie there. 0/-1. */
static int xlate_table_entry(struct xlate *xlate, unsigned level, uint64_t off, uint64_t have,
    uint64_t index, uint64_t *entry)
{
	uint64_t into = index % XLATE_BLOCK * 8, at = off + index * 8 - into;
	uint8_t *bytes = xlate->block[level].bytes;
	struct err ignored;

	if (have < index * 8 + 8)
		return -1;
	if (xlate->block[level].off != at) {
		size_t size = sizeof(xlate->block[level].bytes);

		xlate->block[level].off = 0;
		if (have >= index * 8 - into + size &&
		    dump_read(&ignored, xlate->dump, bytes, size, at) == 0)
			xlate->block[level].off = at;
		else if (dump_read(&ignored, xlate->dump, bytes + into, 8, at + into))
			return -1;
	}
	*entry = dump_uint(xlate->header->order, bytes + into, 8);
	return 0;
}

static int xlate_walk(struct xlate *xlate, uint64_t vaddr, uint64_t *paddr, uint64_t *run)
{
	static const enum vmci_key roots[] = {VMCI_TOP_PGT, VMCI_LEVEL4_PGT, VMCI_SWAPPER};
	struct xlate_geometry g;
	uint64_t root = 0, table, off, have, room;

	if (xlate_geometry(xlate, &g) || vaddr >> (g.va_bits - 1) == 0)
		return -1;
	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]) && root == 0; i++)
		root = vmcoreinfo_get(xlate->info, roots[i], 0);
	if (root == 0 || xlate->walks == 0)
		return -1;
	xlate->walks--;
	if (elfcore_find_virtual(xlate->core, root, &off, &have)) {
		if (xlate_image(xlate, root, &table, &room) ||
		    elfcore_find_physical(xlate->core, table, &off, &have))
			return -1;
	}
	for (unsigned level = g.levels; level-- > 0;) {
		unsigned shift = g.page_shift + level * g.level_bits;
		unsigned bits = level + 1 == g.levels ? g.va_bits - shift : g.level_bits;
		uint64_t index = vaddr >> shift & ((1ULL << bits) - 1);
		uint64_t entry;
		enum xlate_kind kind;

		if (xlate_table_entry(xlate, level, off, have, index, &entry))
			return -1;
		kind = xlate_entry(xlate, &g, entry, level, &table);
		if (kind == XLATE_NONE)
			return -1;
		if (kind == XLATE_LEAF) {
			uint64_t size = 1ULL << shift;

			*paddr = (table & ~(size - 1)) + (vaddr & (size - 1));
			*run = size - (vaddr & (size - 1));
			return 0;
		}
		if (elfcore_find_physical(xlate->core, table, &off, &have))
			return -1;
	}
	return -1;
}

static int xlate_arm64_linear(const struct xlate *xlate, uint64_t vaddr, uint64_t *paddr)
{
	const struct vmcoreinfo *info = xlate->info;
	uint64_t va = vmcoreinfo_get(info, VMCI_VA_BITS, 0);

	if (xlate->header->machine != EM_AARCH64 || va < 36 || va > 52 ||
	    !vmcoreinfo_has(info, VMCI_PHYS_OFFSET))
		return -1;
	/* the linear map is the lower half of the kernel's space since 5.4, the upper one before */
	if (!vmcoreinfo_at_least(info, 5, 4, 0))
		va--;
	*paddr = (vaddr & ((1ULL << va) - 1)) + vmcoreinfo_get(info, VMCI_PHYS_OFFSET, 0);
	return 0;
}

/* By the image. 0/-1. */
static int xlate_by_image(struct xlate *xlate, uint64_t vaddr, uint64_t *off, uint64_t *run)
{
	uint64_t paddr, room;

	if (xlate_image(xlate, vaddr, &paddr, &room) ||
	    elfcore_find_physical(xlate->core, paddr, off, run))
		return -1;
	if (*run > room)
		*run = room;
	return 0;
}

/* By the image or the linear map. 0/-1. */
static int xlate_by_map(struct xlate *xlate, uint64_t vaddr, uint64_t *off, uint64_t *run)
{
	uint64_t paddr;

	if (xlate_by_image(xlate, vaddr, off, run) == 0)
		return 0;
	if (xlate_linear(xlate, vaddr, &paddr))
		return -1;
	return elfcore_find_physical(xlate->core, paddr, off, run);
}

static int xlate_search(struct xlate *xlate, uint64_t vaddr, uint64_t *off, uint64_t *run)
{
	uint64_t paddr, page;

	/* s390's dump tools write physical addresses into p_vaddr: since 6.10 those are other places. */
	if (xlate->header->machine == EM_S390 && vmcoreinfo_has(xlate->info, VMCI_KERNELOFFPHYS) &&
	    xlate_by_map(xlate, vaddr, off, run) == 0)
		return 0;
	if (elfcore_find_virtual(xlate->core, vaddr, off, run) == 0)
		return 0;
	if (xlate->header->machine != EM_AARCH64 && xlate_by_map(xlate, vaddr, off, run) == 0)
		return 0;
	if (xlate_walk(xlate, vaddr, &paddr, &page) == 0 &&
	    elfcore_find_physical(xlate->core, paddr, off, run) == 0) {
		if (*run > page)
			*run = page;
		return 0;
	}
	if (xlate->header->machine != EM_AARCH64)
		return -1;
	if (xlate_by_image(xlate, vaddr, off, run) == 0)
		return 0;
	return xlate_arm64_linear(xlate, vaddr, &paddr) == 0
		   ? elfcore_find_physical(xlate->core, paddr, off, run)
		   : -1;
}

int xlate_find(struct xlate *xlate, uint64_t vaddr, uint64_t *off, uint64_t *run)
{
	if (xlate->header->word == 4)
		vaddr &= 0xffffffff;
	for (size_t i = 0; i < XLATE_RECENT; i++) {
		uint64_t into = vaddr - xlate->recent[i].vaddr;

		if (vaddr >= xlate->recent[i].vaddr && into < xlate->recent[i].run) {
			*off = xlate->recent[i].off + into;
			*run = xlate->recent[i].run - into;
			return 0;
		}
	}
	if (xlate_search(xlate, vaddr, off, run))
		return -1;
	xlate->recent[xlate->next].vaddr = vaddr;
	xlate->recent[xlate->next].off = *off;
	xlate->recent[xlate->next].run = *run;
	xlate->next = (xlate->next + 1) % XLATE_RECENT;
	return 0;
}
