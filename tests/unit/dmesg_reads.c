/* SPDX-License-Identifier: MIT */
/*
 * dmesg_reads: what reading a ring costs, and what is lost where its memory is missing. Evidence: the
 * bytes read from the dump are those of the live records; one hole counts all that is unreadable.
 */
#include "dmesg/extract.h"
#include "tap.h"
#include "tests/vmcore/ring.h"

static struct extract extract;
static struct ring ring;

/* A dump of a ring with that many lines. */
static struct bytes make(
    unsigned count_bits, unsigned size_bits, unsigned lines, enum image_map map)
{
	memset(&ring, 0, sizeof(ring));
	image_begin(&ring.image, machine_find("x86_64"), "6.1.0");
	ring.kind = RING_PRB;
	prb_begin(&ring, count_bits, size_bits, 0);
	for (unsigned i = 0; i < lines; i++) {
		char text[80];
		int n = snprintf(text, sizeof(text), "line %u of the log, with some more text", i);

		prb_store(&ring, RING_FINALIZED, 6, i * 1000000, 1, text, (size_t)n, 0);
	}
	ring_finish(&ring);
	return image_dump(&ring.image, map, 0);
}

static int take_record(void *arg, const struct klog_record *record)
{
	(void)arg;
	(void)record;
	return 0;
}

static int take_hole(void *arg, const struct klog_hole *hole)
{
	*(struct klog_hole *)arg = *hole;
	return 0;
}

/* A ring with room for 16384 records and 1 MB of text, of which little is in use. */
static void test_live_only(void)
{
	struct klog_sink null = extract_null_sink();
	struct bytes bytes = make(14, 20, 100, MAP_LOAD);
	struct err err;
	struct dump *dump = dump_open_memory(&err, bytes.at, bytes.len);
	uint64_t calls, before, after, live;

	ok(extract_open(&err, dump, &extract) == 0, "a ring that is nearly empty is opened");
	dump_count(dump, &calls, &before);
	ok(extract_run(&err, &extract, &null) == 0 && extract.count.records == 100,
	    "a ring that is nearly empty: every record is given");
	dump_count(dump, &calls, &after);
	/* descriptor, info, block with its id; and the ring's own variables */
	live = 100 * (24 + 88) + ring.head_lpos - ring.tail_lpos + 256;
	ok(after - before <= live,
	    "a ring that is nearly empty: only live bytes are read (%llu of %llu)",
	    (unsigned long long)(after - before), (unsigned long long)live);
	extract_close(&extract);
	dump_close(dump);
	free(bytes.at);
}

/* Removes the memory from byte `from` to byte `to` of a dump that was made with MAP_SPLIT. */
static void remove_memory(struct bytes *bytes, uint64_t from, uint64_t to)
{
	Elf64_Phdr *load = (Elf64_Phdr *)(bytes->at + sizeof(Elf64_Ehdr)) + 1;
	uint64_t end = load[1].p_offset + load[1].p_filesz - load[0].p_offset;

	load[0].p_filesz = from;
	load[1].p_offset = load[0].p_offset + to;
	load[1].p_vaddr = load[0].p_vaddr + to;
	load[1].p_paddr = load[0].p_paddr + to;
	load[1].p_filesz = end - to;
}

/* All descriptors are missing but the first 100 and the last 100. */
static void test_unreadable(void)
{
	struct klog_hole hole = {0};
	struct klog_sink sink = {take_record, take_hole, &hole};
	struct bytes bytes = make(14, 20, 16000, MAP_SPLIT);
	uint64_t calls, before, after, ignored;
	struct err err;
	struct dump *dump;

	remove_memory(&bytes, ring.at_descs + 24 * 100, ring.at_descs + 24 * (16000 - 100));
	dump = dump_open_memory(&err, bytes.at, bytes.len);
	ok(extract_open(&err, dump, &extract) == 0, "a ring with missing descriptors is opened");
	dump_count(dump, &before, &ignored);
	ok(extract_run(&err, &extract, &sink) == 0 && extract.count.records == 100,
	    "a ring with missing descriptors: the records before them are given");
	dump_count(dump, &after, &ignored);
	calls = after - before;
	ok(extract.count.holes == 1 && hole.count == 15900 && hole.has_seq,
	    "a ring with missing descriptors: one hole counts all other records");
	ok(hole.first == 100 && hole.last == 15999,
	    "a ring with missing descriptors: the hole ends with the newest record");
	ok(calls < 1000, "a ring with missing descriptors: reading ends early (%llu reads)",
	    (unsigned long long)calls);
	extract_close(&extract);
	dump_close(dump);
	free(bytes.at);
}

struct lines {
	uint64_t records, holes, bytes; /* bytes: lost */
	size_t len[8]; /* of the records */
	unsigned flags[8];
};

static int take_line(void *arg, const struct klog_record *record)
{
	struct lines *lines = arg;

	lines->len[lines->records % 8] = record->len;
	lines->flags[lines->records % 8] = record->flags;
	lines->records++;
	return 0;
}

static int take_lost(void *arg, const struct klog_hole *hole)
{
	struct lines *lines = arg;

	lines->holes++;
	lines->bytes += hole->bytes;
	return 0;
}

/* A character ring of 256 KB with a line of `len` bytes between two others; from, to: as remove_memory. */
static struct lines read_characters(size_t len, uint64_t from, uint64_t to)
{
	static char text[1 << 18];
	struct lines lines = {0};
	struct klog_sink sink = {take_line, take_lost, &lines};
	struct bytes bytes;
	struct err err;
	struct dump *dump;

	memset(&ring, 0, sizeof(ring));
	image_begin(&ring.image, machine_find("x86_64"), "2.6.32");
	ring.kind = RING_CHARS;
	chars_begin(&ring, 1 << 18, 0);
	memset(text, 'x', len);
	text[len] = '\n';
	chars_store(&ring, "first\n", 6);
	chars_store(&ring, text, len + 1);
	chars_store(&ring, "last\n", 5);
	ring_finish(&ring);
	bytes = image_dump(&ring.image, MAP_SPLIT, 0);
	if (to)
		remove_memory(&bytes, ring.at_data + from, ring.at_data + to);
	dump = dump_open_memory(&err, bytes.at, bytes.len);
	if (extract_open(&err, dump, &extract) == 0)
		extract_run(&err, &extract, &sink);
	extract_close(&extract);
	dump_close(dump);
	free(bytes.at);
	return lines;
}

static void test_characters(void)
{
	struct lines lines = read_characters(10000, 0, 0);

	ok(lines.records == 3 && lines.len[1] == 10000 && lines.flags[1] == 0,
	    "a line of several pages is one record");
	lines = read_characters(KLOG_TEXT_MAX + 10, 0, 0);
	ok(lines.records == 4 && lines.len[1] == KLOG_TEXT_MAX && lines.len[2] == 10,
	    "a line longer than a record may be is two records");
	ok(lines.flags[1] == KLOG_NO_NEWLINE && lines.flags[2] == KLOG_NO_PREFIX,
	    "the second record continues the line of the first");
	lines = read_characters(40000, 8192, 16384);
	ok(lines.records == 4 && lines.holes == 1, "missing characters are one hole");
	ok(lines.bytes >= 8192 && lines.bytes <= 8192 + 2 * 4096,
	    "a hole has the number of missing bytes, by whole pages (%llu)",
	    (unsigned long long)lines.bytes);
	ok(lines.len[0] == 5 && lines.len[3] == 4 &&
		lines.len[1] + lines.len[2] + lines.bytes == 40001 - 1,
	    "the lines before and after a hole are given");
}

enum { SEGMENTS = 300 };

/* An ELF file of 300 segments, whose number is in section header 0; elfcore keeps 256 of them. */
static void test_segments(void)
{
	static struct {
		Elf64_Ehdr header;
		Elf64_Shdr section;
		Elf64_Phdr load[SEGMENTS];
	} elf;
	struct err err;
	struct dump *dump;
	struct elfcore *core;
	uint64_t off = 0, run = 0, bad = 0;

	memcpy(elf.header.e_ident, ELFMAG, SELFMAG);
	elf.header.e_ident[EI_CLASS] = ELFCLASS64;
	elf.header.e_ident[EI_DATA] = ELFDATA2LSB;
	elf.header.e_type = ET_CORE;
	elf.header.e_machine = EM_X86_64;
	elf.header.e_phoff = sizeof(elf.header) + sizeof(elf.section);
	elf.header.e_phentsize = sizeof(elf.load[0]);
	elf.header.e_phnum = PN_XNUM;
	elf.header.e_shoff = sizeof(elf.header);
	elf.section.sh_info = SEGMENTS;
	for (uint64_t i = 0; i < SEGMENTS; i++)
		elf.load[i] = (Elf64_Phdr){.p_type = PT_LOAD,
		    .p_offset = 0x100000 + 0x1000 * i,
		    .p_vaddr = 0xffff000000000000 + 0x10000 * i,
		    .p_paddr = 0x20000 * i,
		    .p_filesz = 0x1000};
	dump = dump_open_memory(&err, (const uint8_t *)&elf, sizeof(elf));
	core = elfcore_open(&err, dump);
	if (!ok(core != NULL, "a dump of 300 segments is opened"))
		return;
	is_num((long long)elfcore_header(core)->segments, SEGMENTS,
	    "with e_phnum 0xffff the number is in section header 0");
	for (uint64_t i = 0; i < SEGMENTS; i++) {
		bad += elfcore_find_virtual(core, 0xffff000000000123 + 0x10000 * i, &off, &run) ||
		       off != 0x100123 + 0x1000 * i || run != 0x1000 - 0x123;
		bad += elfcore_find_physical(core, 0xfff + 0x20000 * i, &off, &run) ||
		       off != 0x100fff + 0x1000 * i || run != 1;
	}
	is_num((long long)bad, 0, "a byte of each of 300 segments is found by both addresses");
	ok(elfcore_find_virtual(core, 0xffff000000001000, &off, &run) == -1 &&
		elfcore_find_physical(core, 0x20000 * SEGMENTS, &off, &run) == -1,
	    "a byte past a segment is not found");
	ok(elfcore_segment(core, 255) && !elfcore_segment(core, 256), "256 segments are kept");
	elfcore_close(core);
	dump_close(dump);
}

int main(void)
{
	test_live_only();
	test_unreadable();
	test_characters();
	test_segments();
	return tap_done();
}
