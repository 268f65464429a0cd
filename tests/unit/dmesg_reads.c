/* SPDX-License-Identifier: MIT */
/*
 * dmesg_reads: what a lockless ring costs, and what is lost where its memory is missing. Evidence: the
 * bytes read from the dump are those of the live records; one hole counts every unreadable record.
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

int main(void)
{
	test_live_only();
	test_unreadable();
	return tap_done();
}
