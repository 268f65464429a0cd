/* SPDX-License-Identifier: MIT */
/* elfcore: the ELF file that a crash dump is; see elfcore.h. Never follows a number unchecked. */
#include "elfcore.h"

#include <elf.h>
#include <string.h>

enum { ELFCORE_PHNUM_MAX = 1 << 20, ELFCORE_WORK = 1 << 24 };

struct elfcore_phdr {
	uint32_t type;
	uint64_t off, vaddr, paddr, filesz, memsz;
};

#define FIELD(core, bytes, type, field)                                                            \
	dump_uint((core)->order, (bytes) + offsetof(type, field), sizeof(((type *)0)->field))

static int elfcore_read_phdr(
    struct err *err, struct elfcore *core, uint64_t i, struct elfcore_phdr *out)
{
	uint8_t b[sizeof(Elf64_Phdr)];
	size_t size = core->elf64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);

	if (core->phoff > UINT64_MAX / 2)
		return err_set(err, "program headers at 0x%llx", (unsigned long long)core->phoff);
	if (dump_read_small(err, core->dump, b, size, core->phoff + i * core->phentsize))
		return err_prefix(err, "program header %llu", (unsigned long long)i);
	if (core->elf64) {
		out->type = (uint32_t)FIELD(core, b, Elf64_Phdr, p_type);
		out->off = FIELD(core, b, Elf64_Phdr, p_offset);
		out->vaddr = FIELD(core, b, Elf64_Phdr, p_vaddr);
		out->paddr = FIELD(core, b, Elf64_Phdr, p_paddr);
		out->filesz = FIELD(core, b, Elf64_Phdr, p_filesz);
		out->memsz = FIELD(core, b, Elf64_Phdr, p_memsz);
	} else {
		out->type = (uint32_t)FIELD(core, b, Elf32_Phdr, p_type);
		out->off = FIELD(core, b, Elf32_Phdr, p_offset);
		out->vaddr = FIELD(core, b, Elf32_Phdr, p_vaddr);
		out->paddr = FIELD(core, b, Elf32_Phdr, p_paddr);
		out->filesz = FIELD(core, b, Elf32_Phdr, p_filesz);
		out->memsz = FIELD(core, b, Elf32_Phdr, p_memsz);
	}
	return 0;
}

/* A segment's bytes that the file can have at all: no wrap of addresses or offsets. */
static struct elfcore_segment elfcore_segment_of(const struct elfcore_phdr *phdr)
{
	struct elfcore_segment s = {phdr->vaddr, phdr->paddr, phdr->off, phdr->filesz};
	uint64_t most = UINT64_MAX - s.off;

	/* An address may be the last of its space, so the room is one more than what is left. */
	if (s.size > most)
		s.size = most;
	if (s.size && s.size - 1 > UINT64_MAX - s.vaddr)
		s.size = UINT64_MAX - s.vaddr + 1;
	if (s.size && s.size - 1 > UINT64_MAX - s.paddr)
		s.size = UINT64_MAX - s.paddr + 1;
	return s;
}

/* Looks through one PT_NOTE for VMCOREINFO. A torn note ends the search, it is no error. */
static void elfcore_scan_notes(struct elfcore *core, const struct elfcore_phdr *phdr, int *budget)
{
	struct err ignored;
	uint64_t pos = 0;

	while (phdr->filesz - pos >= 12 && (*budget)-- > 0) {
		uint8_t b[12];
		char name[11];
		uint64_t namesz, descsz, type, desc, end;

		if (phdr->off > UINT64_MAX - phdr->filesz ||
		    dump_read_small(&ignored, core->dump, b, sizeof(b), phdr->off + pos))
			return;
		namesz = dump_uint(core->order, b, 4);
		descsz = dump_uint(core->order, b + 4, 4);
		type = dump_uint(core->order, b + 8, 4);
		desc = pos + 12 + ((namesz + 3) & ~3ULL);
		end = desc + ((descsz + 3) & ~3ULL);
		if (desc > phdr->filesz || (namesz == 0 && descsz == 0))
			return;
		if (type == 0 && (namesz == 10 || namesz == 11) &&
		    !dump_read_small(&ignored, core->dump, name, 10, phdr->off + pos + 12) &&
		    memcmp(name, "VMCOREINFO", 10) == 0) {
			/* a length past the note's segment is damage: take what there is */
			core->note_off = phdr->off + desc;
			core->note_len =
			    descsz < phdr->filesz - desc ? descsz : phdr->filesz - desc;
			if (core->note_len > ELFCORE_NOTE_MAX)
				core->note_len = ELFCORE_NOTE_MAX;
			return;
		}
		if (end > phdr->filesz)
			return;
		pos = end;
	}
}

static size_t elfcore_word_size(const struct elfcore *core)
{
	switch (core->machine) {
	case EM_386:
	case EM_ARM:
	case EM_PPC:
	case EM_SH:
	case EM_SPARC:
	case EM_XTENSA:
	case EM_CSKY:
		return 4;
	case EM_X86_64:
	case EM_AARCH64:
	case EM_PPC64:
	case EM_IA_64:
	case EM_SPARCV9:
	case EM_ALPHA:
		return 8;
	default: /* MIPS, RISC-V, s390, PA-RISC, LoongArch: one number for both words */
		return core->elf64 ? 8 : 4;
	}
}

static int elfcore_read_header(struct err *err, struct elfcore *core)
{
	uint8_t b[sizeof(Elf64_Ehdr)];
	uint64_t shoff, type;

	if (dump_read_small(err, core->dump, b, sizeof(Elf32_Ehdr), 0))
		return err_prefix(err, "ELF header");
	if (memcmp(b, ELFMAG, SELFMAG) != 0)
		return err_set(
		    err, "not an ELF file (makedumpfile's compressed formats are not read)");
	if (b[EI_CLASS] != ELFCLASS32 && b[EI_CLASS] != ELFCLASS64)
		return err_set(err, "ELF class %u is neither 32 nor 64 bits", b[EI_CLASS]);
	if (b[EI_DATA] != ELFDATA2LSB && b[EI_DATA] != ELFDATA2MSB)
		return err_set(err, "ELF byte order %u is unknown", b[EI_DATA]);
	core->elf64 = b[EI_CLASS] == ELFCLASS64;
	core->order = b[EI_DATA] == ELFDATA2LSB ? DUMP_LITTLE : DUMP_BIG;
	if (core->elf64 && dump_read_small(err, core->dump, b, sizeof(Elf64_Ehdr), 0))
		return err_prefix(err, "ELF header");
	type = FIELD(core, b, Elf64_Ehdr, e_type);
	core->machine = (unsigned)FIELD(core, b, Elf64_Ehdr, e_machine);
	if (core->elf64) {
		core->phoff = FIELD(core, b, Elf64_Ehdr, e_phoff);
		core->phentsize = (size_t)FIELD(core, b, Elf64_Ehdr, e_phentsize);
		core->phnum = FIELD(core, b, Elf64_Ehdr, e_phnum);
		shoff = FIELD(core, b, Elf64_Ehdr, e_shoff);
	} else {
		core->phoff = FIELD(core, b, Elf32_Ehdr, e_phoff);
		core->phentsize = (size_t)FIELD(core, b, Elf32_Ehdr, e_phentsize);
		core->phnum = FIELD(core, b, Elf32_Ehdr, e_phnum);
		shoff = FIELD(core, b, Elf32_Ehdr, e_shoff);
	}
	core->word = elfcore_word_size(core);
	if (type != ET_CORE)
		return err_set(
		    err, "an ELF file, but not a core dump (type %llu)", (unsigned long long)type);
	if (core->phentsize < (core->elf64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr)))
		return err_set(err, "program headers of %zu bytes", core->phentsize);
	if (core->phnum == PN_XNUM) {
		size_t at =
		    core->elf64 ? offsetof(Elf64_Shdr, sh_info) : offsetof(Elf32_Shdr, sh_info);

		if (shoff > UINT64_MAX / 2 || dump_read_small(err, core->dump, b, 4, shoff + at))
			return err_prefix(err, "number of program headers");
		core->phnum = dump_uint(core->order, b, 4);
	}
	if (core->phnum > ELFCORE_PHNUM_MAX)
		core->phnum = ELFCORE_PHNUM_MAX;
	if (core->phnum == 0)
		return err_set(err, "no program headers");
	return 0;
}

int elfcore_open(struct err *err, struct dump *dump, struct elfcore *core)
{
	int budget = ELFCORE_NOTES_MAX;
	uint64_t i;

	memset(core, 0, sizeof(*core));
	core->dump = dump;
	core->work = ELFCORE_WORK;
	core->paddr_min = UINT64_MAX;
	core->complete = 1;
	if (elfcore_read_header(err, core))
		return -1;
	for (i = 0; i < core->phnum; i++) {
		struct elfcore_phdr phdr;

		if (elfcore_read_phdr(err, core, i, &phdr)) {
			if (core->kept == 0)
				return -1;
			core->phnum = i; /* a torn table: what came before is still good */
			break;
		}
		if (phdr.type != PT_LOAD)
			continue;
		if (phdr.filesz && phdr.paddr < core->paddr_min)
			core->paddr_min = phdr.paddr;
		if (core->kept < ELFCORE_KEPT)
			core->segment[core->kept++] = elfcore_segment_of(&phdr);
		else
			core->complete = 0;
	}
	/* notes last, so that the header block is read in one go */
	for (i = 0; i < core->phnum && core->note_len == 0 && budget > 0; i++) {
		struct elfcore_phdr phdr;

		if (elfcore_read_phdr(err, core, i, &phdr))
			break;
		if (phdr.type == PT_NOTE)
			elfcore_scan_notes(core, &phdr, &budget);
	}
	return 0;
}

static int elfcore_hit(
    const struct elfcore_segment *s, int physical, uint64_t addr, uint64_t *off, uint64_t *run)
{
	uint64_t base = physical ? s->paddr : s->vaddr;

	if (addr < base || addr - base >= s->size || (!physical && base == 0))
		return 0;
	*off = s->off + (addr - base);
	*run = s->size - (addr - base);
	return 1;
}

static int elfcore_find(
    struct elfcore *core, int physical, uint64_t addr, uint64_t *off, uint64_t *run)
{
	struct err ignored;

	for (size_t i = 0; i < core->kept; i++) {
		if (elfcore_hit(&core->segment[i], physical, addr, off, run))
			return 0;
	}
	if (core->complete)
		return -1;
	for (uint64_t i = ELFCORE_KEPT; i < core->phnum && core->work > 0; i++, core->work--) {
		struct elfcore_phdr phdr;
		struct elfcore_segment s;

		if (elfcore_read_phdr(&ignored, core, i, &phdr))
			return -1;
		s = elfcore_segment_of(&phdr);
		if (phdr.type == PT_LOAD && elfcore_hit(&s, physical, addr, off, run))
			return 0;
	}
	return -1;
}

int elfcore_find_virtual(struct elfcore *core, uint64_t vaddr, uint64_t *off, uint64_t *run)
{
	return elfcore_find(core, 0, vaddr, off, run);
}

int elfcore_find_physical(struct elfcore *core, uint64_t paddr, uint64_t *off, uint64_t *run)
{
	return elfcore_find(core, 1, paddr, off, run);
}
