/* SPDX-License-Identifier: MIT */
/*
 * vmcore_pages: small reads through kept pages, across pages and up to the end of memory; the walk over a
 * dump's notes, whole and damaged.
 */
#include "tap.h"
#include "tests/vmcore/machine.h"
#include "vmcore/pages.h"

static struct bytes bytes;
static struct dump *dump;
static struct vmem *vm;
static struct err err;

static void open_dump(void)
{
	dump = dump_open_memory(&err, bytes.at, bytes.len);
	vm = vmem_open(&err, dump);
	if (!vm) {
		fprintf(stderr, "%s\n", err.msg);
		exit(1);
	}
	vmem_load_info(&err, vm);
}

static void close_dump(void)
{
	vmem_close(vm);
	dump_close(dump);
}

static uint64_t reads(void)
{
	uint64_t calls, sum;

	dump_count(dump, &calls, &sum);
	return calls;
}

static void test_pages(void)
{
	const struct machine *m = machine_find("x86_64");
	struct image image;
	struct pages *pages;
	uint8_t got[12000], *want;
	uint64_t before;
	int good = 1;

	image_begin(&image, m, "6.1.0");
	bytes_grow(&image.memory, 5 * PAGES_SIZE + 100 - image.memory.len);
	for (size_t i = 0; i < image.memory.len; i++)
		image.memory.at[i] = (uint8_t)(i * 7 + i / 256);
	bytes = image_dump(&image, MAP_LOAD, 0);
	want = bytes.at + bytes.len - (5 * PAGES_SIZE + 100);
	open_dump();
	pages = pages_open(&err, vm, 3);
	ok(pages_read(&err, pages, m->vaddr + 10, got, 5) == 0 && memcmp(got, want + 10, 5) == 0,
	    "a few bytes");
	before = reads();
	for (unsigned i = 0; i < 500; i++)
		good &= pages_read(&err, pages, m->vaddr + i * 8, got, 8) == 0 &&
			memcmp(got, want + i * 8, 8) == 0;
	ok(good && reads() == before, "a page that is kept is not read again");
	ok(pages_read(&err, pages, m->vaddr + PAGES_SIZE - 3, got, 6) == 0 &&
		memcmp(got, want + PAGES_SIZE - 3, 6) == 0,
	    "across a page's end");
	ok(pages_read(&err, pages, m->vaddr + 1, got, sizeof(got)) == 0 &&
		memcmp(got, want + 1, sizeof(got)) == 0,
	    "across several pages");
	ok(pages_read(&err, pages, m->vaddr + 5 * PAGES_SIZE + 92, got, 8) == 0 &&
		memcmp(got, want + 5 * PAGES_SIZE + 92, 8) == 0,
	    "the last bytes of memory, whose page is not whole");
	ok(pages_read(&err, pages, m->vaddr + 5 * PAGES_SIZE + 93, got, 8) == -1,
	    "past the end: %s", err.msg);
	ok(pages_read(&err, pages, m->vaddr - 4, got, 8) == -1, "from before the beginning");
	ok(pages_read(&err, pages, UINT64_MAX - 3, got, 8) == -1, "at the end of all addresses");
	for (unsigned i = 0; i < 300; i++) {
		size_t at = i * 2654435761U % (5 * PAGES_SIZE);

		good &= pages_read(&err, pages, m->vaddr + at, got, 100) == 0 &&
			memcmp(got, want + at, 100) == 0;
	}
	ok(good, "300 reads here and there through 3 kept pages");
	pages_close(pages);
	pages_close(NULL);
	close_dump();
	free(bytes.at);
}

/* A walk up to the end of a segment in small steps: reading ahead must not read the rest for each of them. */
static void test_window(void)
{
	const struct machine *m = machine_find("x86_64");
	static uint8_t buf[65536];
	struct vmem_window window = {buf, sizeof(buf), 0, 0};
	struct image image;
	uint64_t calls, sum;
	size_t len = 200000;
	int good = 1;

	image_begin(&image, m, "6.1.0");
	bytes_grow(&image.memory, len - image.memory.len);
	for (size_t i = 0; i < len; i++)
		image.memory.at[i] = (uint8_t)(i * 5 + i / 256);
	bytes = image_dump(&image, MAP_LOAD, 0);
	open_dump();
	for (size_t at = 0; at + 2 <= len; at += 2) {
		const uint8_t *b = vmem_view(&err, vm, &window, m->vaddr + at, 2, sizeof(buf));

		good &= b && memcmp(b, bytes.at + bytes.len - len + at, 2) == 0;
	}
	dump_count(dump, &calls, &sum);
	ok(good, "a window shows the same bytes");
	ok(sum < 3 * len, "100,000 steps read %llu bytes of %zu", (unsigned long long)sum, len);
	ok(!vmem_view(&err, vm, &window, m->vaddr + len - 1, 2, sizeof(buf)), "past the end: %s",
	    err.msg);
	ok(!vmem_view(&err, vm, &window, m->vaddr, sizeof(buf) + 1, 0), "more than the window: %s",
	    err.msg);
	close_dump();
	free(bytes.at);
}

/* "NAME:type:len" of each note. */
static const char *walk(void)
{
	static char text[400];
	struct elfcore_notes notes = {0};
	struct elfcore_note note;
	unsigned n = 0;

	text[0] = '\0';
	while (vmem_next_note(vm, &notes, &note) && n++ < 20)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s:%u:%llu ", note.name,
		    note.type, (unsigned long long)note.len);
	return text;
}

static void test_notes(const char *machine)
{
	const struct machine *m = machine_find(machine);
	size_t ehdr = m->elf64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
	size_t notes = ehdr + 2 * (m->elf64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr));
	struct elfcore_notes at = {0};
	struct elfcore_note note;
	struct image image;
	uint8_t b[400];
	char want[80];
	size_t info;

	image_begin(&image, m, "6.1.0");
	info = image.info.len + strlen("CRASHTIME=1795250871\n");
	bytes = image_dump(&image, MAP_LOAD, 0);
	bytes.at[notes + 20 + 112] = 0x5a;
	open_dump();
	snprintf(want, sizeof(want), "CORE:1:336 VMCOREINFO:0:%zu ", info);
	is(walk(), want, machine);
	ok(vmem_next_note(vm, &at, &note) == 1 && vmem_read_note(&err, vm, &note, b, 336) == 0 &&
		b[112] == 0x5a,
	    "%s: a note's bytes", machine);
	ok(vmem_read_note(&err, vm, &note, b, 337) == -1 && strstr(err.msg, "too short"),
	    "%s: more than it has: %s", machine, err.msg);
	close_dump();
	/* a descriptor that is longer than its segment: cut; nothing follows */
	machine_put(m, bytes.at + notes + 4, 0x10000000, 4);
	open_dump();
	ok(strncmp(walk(), "CORE:1:", 7) == 0 && strlen(walk()) == strlen("CORE:1:412 "),
	    "%s: a length beyond the end: %s", machine, walk());
	close_dump();
	machine_put(m, bytes.at + notes + 4, 0xffffffff, 4);
	open_dump();
	ok(strncmp(walk(), "CORE:1:", 7) == 0 && strlen(walk()) == strlen("CORE:1:412 "),
	    "%s: the longest length: %s", machine, walk());
	close_dump();
	/* a name of any length */
	machine_put(m, bytes.at + notes, 0xfffffffd, 4);
	open_dump();
	is(walk(), "", "a name beyond the end");
	close_dump();
	machine_put(m, bytes.at + notes, 0, 4);
	machine_put(m, bytes.at + notes + 4, 0, 4);
	open_dump();
	is(walk(), "", "an empty note ends the walk");
	close_dump();
	free(bytes.at);
}

int main(void)
{
	test_pages();
	test_window();
	test_notes("x86_64");
	test_notes("i386");
	test_notes("arm64-be");
	return tap_done();
}
