/* SPDX-License-Identifier: MIT */
/* xlate: virtual addresses to places in the dump; see xlate.h. Reads page tables, nothing else. */
#include "xlate.h"

#include <elf.h>
#include <string.h>

#ifndef EM_LOONGARCH
#define EM_LOONGARCH 258
#endif

enum { XLATE_WALKS = 1 << 20 };

#define X86_TEXT_MAP 0xffffffff80000000ULL /* __START_KERNEL_map */
#define X86_TEXT_END 0xffffffffc0000000ULL /* KERNEL_IMAGE_SIZE with KASLR is 1 GB */
#define X86_ADDRESS 0x000ffffffffff000ULL

struct xlate_geometry {
	unsigned page_shift, level_bits, levels, va_bits;
};

void xlate_init(struct xlate *xlate, struct elfcore *core, const struct vmcoreinfo *info)
{
	memset(xlate, 0, sizeof(*xlate));
	xlate->core = core;
	xlate->info = info;
	xlate->walks = XLATE_WALKS;
}

/* The physical address of something in the kernel's image, as VMCOREINFO states it. 0/-1. */
static int xlate_image(const struct xlate *xlate, uint64_t vaddr, uint64_t *paddr)
{
	const struct vmcoreinfo *info = xlate->info;

	switch (xlate->core->machine) {
	case EM_X86_64:
		if (vaddr < X86_TEXT_MAP || vaddr >= X86_TEXT_END)
			return -1;
		/* kernels before 4.10 do not give the number; they were not moved (no KASLR dumps) */
		*paddr = vaddr - X86_TEXT_MAP + vmcoreinfo_get(info, VMCI_PHYS_BASE, 0);
		return 0;
	case EM_AARCH64:
		if (!info->has[VMCI_KIMAGE_VOFFSET] || !info->has[VMCI_STEXT] ||
		    vaddr - (info->value[VMCI_STEXT] - (64 << 20)) > (512 << 20))
			return -1;
		*paddr = vaddr - info->value[VMCI_KIMAGE_VOFFSET];
		return 0;
	case EM_RISCV:
		if (!info->has[VMCI_VA_KERNEL_PA_OFFSET] || vaddr < 0xffffffff80000000ULL)
			return -1;
		*paddr = vaddr - info->value[VMCI_VA_KERNEL_PA_OFFSET];
		return 0;
	default:
		return -1;
	}
}

/*
 * Where lowmem of a 32-bit kernel begins: the PAGE_OFFSETs that its configuration offers, of which
 * the one next below the image is it; KASLR moves an i386 image up to 512 MB away from it.
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

/* The linear map, where architecture or VMCOREINFO fix it for sure. 0/-1. */
static int xlate_linear(const struct xlate *xlate, uint64_t vaddr, uint64_t *paddr)
{
	const struct vmcoreinfo *info = xlate->info;
	uint64_t base;

	switch (xlate->core->machine) {
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
		if (xlate->core->machine == EM_ARM && xlate->core->paddr_min != UINT64_MAX)
			*paddr += xlate->core->paddr_min;
		return 0;
	case EM_PPC64:
		if (vaddr >> 60 != 0xc)
			return -1;
		*paddr = vaddr & 0x0fffffffffffffffULL;
		return 0;
	case EM_S390:
		*paddr = vaddr;
		return 0;
	case EM_MIPS:
		if (xlate->core->word == 8 && vaddr >> 62 == 2)
			*paddr = vaddr & 0x07ffffffffffffffULL; /* xkphys */
		else
			*paddr = vaddr & 0x1fffffff; /* (c)kseg0 */
		return 0;
	case EM_RISCV:
		base = vmcoreinfo_get(info, VMCI_NUMBER_PAGE_OFFSET, UINT64_MAX);
		if (vaddr < base || !info->has[VMCI_PHYS_RAM_BASE])
			return -1;
		*paddr = vaddr - base + info->value[VMCI_PHYS_RAM_BASE];
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
	 * What the CPU was told counts, but for 64 KB pages: there a kernel built for 52 bits keeps the
	 * table of 52 and points the CPU into its middle.
	 */
	if (info->has[VMCI_T1SZ] && g->page_shift != 16)
		va = 64 - (info->value[VMCI_T1SZ] & 63);
	if (va < 36 || va > 52)
		return -1;
	g->va_bits = (unsigned)va;
	g->level_bits = g->page_shift - 3;
	g->levels = (g->va_bits - g->page_shift + g->level_bits - 1) / g->level_bits;
	return 0;
}

static int xlate_geometry(const struct xlate *xlate, struct xlate_geometry *g)
{
	if (xlate->core->machine == EM_AARCH64)
		return xlate_arm64_geometry(xlate->info, g);
	if (xlate->core->machine != EM_X86_64)
		return -1;
	g->page_shift = 12;
	g->level_bits = 9;
	g->levels = vmcoreinfo_get(xlate->info, VMCI_L5_ENABLED, 0) == 1 ? 5 : 4;
	g->va_bits = 12 + 9 * g->levels;
	return 0;
}

/*
 * Reads an entry: 1 leaf (block or page), 0 table, -1 nothing there. level 0 is the last.
 */
static int xlate_entry(const struct xlate *xlate, const struct xlate_geometry *g, uint64_t entry,
    unsigned level, uint64_t *address)
{
	if (!(entry & 1))
		return -1;
	if (xlate->core->machine == EM_X86_64) {
		*address = entry & X86_ADDRESS & ~vmcoreinfo_get(xlate->info, VMCI_SME_MASK, 0);
		if (level == 0)
			return 1;
		return level <= 2 && (entry & 0x80) ? 1 : 0;
	}
	*address = entry & 0x0000ffffffffffffULL & ~((1ULL << g->page_shift) - 1);
	if (g->page_shift == 16)
		*address |= (entry >> 12 & 0xf) << 48;
	else if (g->va_bits > 48) /* LPA2: bits 49:48 in place, 51:50 in 9:8 */
		*address |= (entry & 0x0003000000000000ULL) | (entry >> 8 & 3) << 50;
	if (level == 0)
		return entry & 2 ? 1 : -1;
	return entry & 2 ? 0 : 1;
}

static int xlate_walk(struct xlate *xlate, uint64_t vaddr, uint64_t *paddr, uint64_t *run)
{
	static const enum vmci_key roots[] = {VMCI_TOP_PGT, VMCI_LEVEL4_PGT, VMCI_SWAPPER};
	struct xlate_geometry g;
	struct err ignored;
	uint64_t root = 0, table, off, have;

	if (xlate_geometry(xlate, &g) || vaddr >> (g.va_bits - 1) == 0)
		return -1;
	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]) && root == 0; i++)
		root = vmcoreinfo_get(xlate->info, roots[i], 0);
	if (root == 0 || xlate->walks == 0)
		return -1;
	xlate->walks--;
	if (elfcore_find_virtual(xlate->core, root, &off, &have)) {
		if (xlate_image(xlate, root, &table) ||
		    elfcore_find_physical(xlate->core, table, &off, &have))
			return -1;
	}
	for (unsigned level = g.levels; level-- > 0;) {
		unsigned shift = g.page_shift + level * g.level_bits;
		unsigned bits = level + 1 == g.levels ? g.va_bits - shift : g.level_bits;
		uint64_t index = vaddr >> shift & ((1ULL << bits) - 1);
		uint8_t b[8];
		int leaf;

		if (have < index * 8 + 8 ||
		    dump_read(&ignored, xlate->core->dump, b, 8, off + index * 8))
			return -1;
		leaf = xlate_entry(xlate, &g, dump_uint(xlate->core->order, b, 8), level, &table);
		if (leaf < 0)
			return -1;
		if (leaf) {
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

	if (xlate->core->machine != EM_AARCH64 || va < 36 || va > 52 ||
	    !info->has[VMCI_PHYS_OFFSET])
		return -1;
	/* the linear map is the lower half of the kernel's space since 5.4, the upper one before */
	if (!vmcoreinfo_at_least(info, 5, 4))
		va--;
	*paddr = (vaddr & ((1ULL << va) - 1)) + info->value[VMCI_PHYS_OFFSET];
	return 0;
}

static int xlate_search(struct xlate *xlate, uint64_t vaddr, uint64_t *off, uint64_t *run)
{
	uint64_t paddr, page;

	if (elfcore_find_virtual(xlate->core, vaddr, off, run) == 0)
		return 0;
	if (xlate->core->machine != EM_AARCH64 &&
	    (xlate_image(xlate, vaddr, &paddr) == 0 || xlate_linear(xlate, vaddr, &paddr) == 0) &&
	    elfcore_find_physical(xlate->core, paddr, off, run) == 0)
		return 0;
	if (xlate_walk(xlate, vaddr, &paddr, &page) == 0 &&
	    elfcore_find_physical(xlate->core, paddr, off, run) == 0) {
		if (*run > page)
			*run = page;
		return 0;
	}
	if (xlate->core->machine == EM_AARCH64 &&
	    (xlate_image(xlate, vaddr, &paddr) == 0 ||
		xlate_arm64_linear(xlate, vaddr, &paddr) == 0) &&
	    elfcore_find_physical(xlate->core, paddr, off, run) == 0)
		return 0;
	return -1;
}

int xlate_find(struct xlate *xlate, uint64_t vaddr, uint64_t *off, uint64_t *run)
{
	if (xlate->core->word == 4)
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
