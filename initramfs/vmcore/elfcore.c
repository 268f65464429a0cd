/* SPDX-License-Identifier: MIT */
/* elfcore: the ELF core file that a crash dump is; see elfcore.h. Checks a number before its use. */
#include "elfcore.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

enum {
	ELFCORE_PHNUM_MAX = 1 << 20,
	ELFCORE_KEPT = 256, /* segments kept in memory */
	ELFCORE_AGAIN_MAX = 1 << 24, /* program headers read again in all searches */
	ELFCORE_NOTE_MAX = 1 << 20, /* bytes of VMCOREINFO */
	ELFCORE_NOTES_MAX = 1 << 16, /* notes examined: one a CPU, and a few */
};

struct elfcore {
	struct dump *dump;
	struct elfcore_header header;
	uint64_t phoff;
	size_t phentsize;
	size_t kept;
	struct elfcore_segment segment[ELFCORE_KEPT];
	int complete; /* all PT_LOADs are in segment[] */
	uint64_t again; /* program headers that may still be read again */
};

struct elfcore_phdr {
	uint32_t type;
	uint64_t off, vaddr, paddr, filesz, memsz;
};

#define FIELD(core, bytes, type, field)                                                            \
	dump_uint((core)->header.order, (bytes) + offsetof(type, field), sizeof(((type *)0)->field))

static int elfcore_read_phdr(
    struct err *err, struct elfcore *core, uint64_t i, struct elfcore_phdr *out)
{
	uint8_t b[sizeof(Elf64_Phdr)];
	size_t size = core->header.bits == 64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);

	if (core->phoff > UINT64_MAX / 2)
		return err_set(err, "impossible offset 0x%llx of the program headers",
		    (unsigned long long)core->phoff);
	if (dump_read_small(err, core->dump, b, size, core->phoff + i * core->phentsize))
		return err_prefix(err, "program header %llu", (unsigned long long)i);
	if (core->header.bits == 64) {
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

/* The segment, cut where its addresses or offsets would wrap. */
static struct elfcore_segment elfcore_segment_of(const struct elfcore_phdr *phdr)
{
	struct elfcore_segment s = {phdr->vaddr, phdr->paddr, phdr->off, phdr->filesz};
	uint64_t most = UINT64_MAX - s.off;

	/* an address may be the last one: there is room for one byte more than the difference */
	if (s.size > most)
		s.size = most;
	if (s.size && s.size - 1 > UINT64_MAX - s.vaddr)
		s.size = UINT64_MAX - s.vaddr + 1;
	if (s.size && s.size - 1 > UINT64_MAX - s.paddr)
		s.size = UINT64_MAX - s.paddr + 1;
	return s;
}

/* Reads the note at notes->pos of its PT_NOTE, and goes past it. 1, or 0: at the end, or damaged. */
static int elfcore_note_here(
    struct elfcore *core, struct elfcore_notes *notes, struct elfcore_note *note)
{
	uint64_t pos = notes->pos, namesz, descsz, desc;
	struct err ignored;
	uint8_t b[12];

	if (pos > notes->len || notes->len - pos < sizeof(b) ||
	    dump_read_small(&ignored, core->dump, b, sizeof(b), notes->off + pos))
		return 0;
	namesz = dump_uint(core->header.order, b, 4);
	descsz = dump_uint(core->header.order, b + 4, 4);
	desc = pos + sizeof(b) + ((namesz + 3) & ~3ULL);
	if (desc > notes->len || (namesz == 0 && descsz == 0))
		return 0;
	memset(note, 0, sizeof(*note));
	note->type = (unsigned)dump_uint(core->header.order, b + 8, 4);
	note->off = notes->off + desc;
	note->len = descsz < notes->len - desc ? descsz : notes->len - desc;
	if (dump_read_small(&ignored, core->dump, note->name,
		namesz < sizeof(note->name) ? (size_t)namesz : sizeof(note->name) - 1,
		notes->off + pos + sizeof(b)))
		return 0;
	notes->pos = desc + ((descsz + 3) & ~3ULL);
	return 1;
}

int elfcore_next_note(struct elfcore *core, struct elfcore_notes *notes, struct elfcore_note *note)
{
	for (;;) {
		struct elfcore_phdr phdr;
		struct err ignored;

		if (notes->len && notes->seen++ < ELFCORE_NOTES_MAX &&
		    elfcore_note_here(core, notes, note))
			return 1;
		notes->len = 0;
		if (notes->segment >= core->header.segments ||
		    elfcore_read_phdr(&ignored, core, notes->segment++, &phdr))
			return 0;
		if (phdr.type == PT_NOTE && phdr.off <= UINT64_MAX - phdr.filesz) {
			notes->off = phdr.off;
			notes->len = phdr.filesz;
			notes->pos = 0;
		}
	}
}

static size_t elfcore_word(const struct elfcore_header *header)
{
	switch (header->machine) {
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
	default: /* MIPS, RISC-V, s390, PA-RISC, LoongArch: one number for both sizes */
		return header->bits == 64 ? 8 : 4;
	}
}

static int elfcore_read_header(struct err *err, struct elfcore *core)
{
	struct elfcore_header *header = &core->header;
	uint8_t b[sizeof(Elf64_Ehdr)];
	uint64_t shoff, type;
	size_t phdr, sh_info;

	if (dump_read_small(err, core->dump, b, sizeof(Elf32_Ehdr), 0))
		return err_prefix(err, "ELF header");
	if (memcmp(b, ELFMAG, SELFMAG) != 0)
		return err_set(
		    err, "not an ELF file; of makedumpfile's formats only ELF (-E) can be read");
	if (b[EI_CLASS] != ELFCLASS32 && b[EI_CLASS] != ELFCLASS64)
		return err_set(err, "unknown ELF class %u", b[EI_CLASS]);
	if (b[EI_DATA] != ELFDATA2LSB && b[EI_DATA] != ELFDATA2MSB)
		return err_set(err, "unknown ELF byte order %u", b[EI_DATA]);
	header->order = b[EI_DATA] == ELFDATA2LSB ? DUMP_LITTLE : DUMP_BIG;
	header->bits = b[EI_CLASS] == ELFCLASS64 ? 64 : 32;
	if (header->bits == 64 && dump_read_small(err, core->dump, b, sizeof(Elf64_Ehdr), 0))
		return err_prefix(err, "ELF header");
	type = FIELD(core, b, Elf64_Ehdr, e_type);
	header->machine = (unsigned)FIELD(core, b, Elf64_Ehdr, e_machine);
	if (header->bits == 64) {
		core->phoff = FIELD(core, b, Elf64_Ehdr, e_phoff);
		core->phentsize = (size_t)FIELD(core, b, Elf64_Ehdr, e_phentsize);
		header->segments = FIELD(core, b, Elf64_Ehdr, e_phnum);
		shoff = FIELD(core, b, Elf64_Ehdr, e_shoff);
		phdr = sizeof(Elf64_Phdr);
		sh_info = offsetof(Elf64_Shdr, sh_info);
	} else {
		core->phoff = FIELD(core, b, Elf32_Ehdr, e_phoff);
		core->phentsize = (size_t)FIELD(core, b, Elf32_Ehdr, e_phentsize);
		header->segments = FIELD(core, b, Elf32_Ehdr, e_phnum);
		shoff = FIELD(core, b, Elf32_Ehdr, e_shoff);
		phdr = sizeof(Elf32_Phdr);
		sh_info = offsetof(Elf32_Shdr, sh_info);
	}
	header->word = elfcore_word(header);
	if (type != ET_CORE)
		return err_set(
		    err, "an ELF file, but not a core dump (type %llu)", (unsigned long long)type);
	if (core->phentsize < phdr)
		return err_set(err, "impossible size %zu of a program header", core->phentsize);
	if (header->segments == PN_XNUM) {
		if (shoff > UINT64_MAX / 2)
			return err_set(err, "impossible offset 0x%llx of the section headers",
			    (unsigned long long)shoff);
		if (dump_read_small(err, core->dump, b, 4, shoff + sh_info))
			return err_prefix(err, "number of program headers");
		header->segments = dump_uint(header->order, b, 4);
	}
	if (header->segments > ELFCORE_PHNUM_MAX)
		header->segments = ELFCORE_PHNUM_MAX;
	if (header->segments == 0)
		return err_set(err, "no program headers");
	return 0;
}

static int elfcore_read_segments(struct err *err, struct elfcore *core)
{
	core->complete = 1;
	for (uint64_t i = 0; i < core->header.segments; i++) {
		struct elfcore_phdr phdr;

		if (elfcore_read_phdr(err, core, i, &phdr)) {
			if (core->kept == 0)
				return -1;
			core->header.segments = i; /* the table ends early: use what is there */
			break;
		}
		if (phdr.type != PT_LOAD)
			continue;
		if (phdr.filesz && phdr.paddr < core->header.lowest)
			core->header.lowest = phdr.paddr;
		if (core->kept < ELFCORE_KEPT)
			core->segment[core->kept++] = elfcore_segment_of(&phdr);
		else
			core->complete = 0;
	}
	return 0;
}

/* After the segments, so that the headers are read in one go. */
static void elfcore_find_info(struct elfcore *core)
{
	struct elfcore_notes notes = {0};
	struct elfcore_note note;

	while (elfcore_next_note(core, &notes, &note)) {
		if (note.type != 0 || strcmp(note.name, "VMCOREINFO") != 0 || note.len == 0)
			continue;
		core->header.note_off = note.off;
		core->header.note_len = note.len < ELFCORE_NOTE_MAX ? note.len : ELFCORE_NOTE_MAX;
		return;
	}
}

struct elfcore *elfcore_open(struct err *err, struct dump *dump)
{
	struct elfcore *core = calloc(1, sizeof(*core));

	if (!core) {
		err_set(err, "out of memory");
		return NULL;
	}
	core->dump = dump;
	core->again = ELFCORE_AGAIN_MAX;
	core->header.lowest = UINT64_MAX;
	if (elfcore_read_header(err, core) || elfcore_read_segments(err, core)) {
		elfcore_close(core);
		return NULL;
	}
	elfcore_find_info(core);
	return core;
}

void elfcore_close(struct elfcore *core)
{
	free(core);
}

const struct elfcore_header *elfcore_header(const struct elfcore *core)
{
	return &core->header;
}

const struct elfcore_segment *elfcore_segment(const struct elfcore *core, size_t i)
{
	return i < core->kept ? &core->segment[i] : NULL;
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
	for (uint64_t i = ELFCORE_KEPT; i < core->header.segments && core->again > 0;
	     i++, core->again--) {
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
