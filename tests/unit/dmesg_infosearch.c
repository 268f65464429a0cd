/* SPDX-License-Identifier: MIT */
/*
 * infosearch: a dump whose VMCOREINFO note is garbage, or gone, is read by the kernel's own page of
 * it, past pages that only look like it. Evidence: the lines themselves.
 */
#include "dmesg/extract.h"
#include "tap.h"
#include "tests/vmcore/machine.h"
#include "tests/vmcore/ring.h"

enum { LINES = 40 };

static struct extract extract;

static void page_begin(struct image *image)
{
	bytes_grow(&image->memory, (4096 - image->memory.len % 4096) % 4096);
}

/* A dump of LINES lines; own: with the kernel's own page, behind decoys. */
static struct bytes make(const struct machine *m, int decoys, int own)
{
	static struct ring r;

	memset(&r, 0, sizeof(r));
	image_begin(&r.image, m, "6.1.0");
	r.kind = RING_PRB;
	prb_begin(&r, 7, 12, 0);
	for (unsigned i = 0; i < LINES; i++)
		prb_store(&r, RING_FINALIZED, 6, i * 1000000, 1, "a line", 6, 0);
	for (int i = 0; i < decoys; i++) {
		page_begin(&r.image);
		memcpy(bytes_grow(&r.image.memory, 60),
		    "OSRELEASE=5.10.0\nPAGESIZE=4096\nSYMBOL(prb)=ffffffff90000000\n", 60);
	}
	if (own) {
		page_begin(&r.image);
		memcpy(bytes_grow(&r.image.memory, r.image.info.len), r.image.info.at,
		    r.image.info.len);
		page_begin(&r.image);
	}
	ring_finish(&r);
	return image_dump(&r.image, MAP_LOAD, 0);
}

static uint8_t *find(struct bytes *b, const char *what)
{
	return memmem(b->at, b->len, what, strlen(what));
}

/* The note's text, up to its last line. */
static void spoil(struct bytes *b)
{
	uint8_t *at = find(b, "OSRELEASE=");

	memset(at, 'Z', (size_t)(find(b, "CRASHTIME=") - at));
}

/* The records that come of it, or -1. */
static long read_lines(struct bytes *b, struct err *err)
{
	struct dump *dump = dump_open_memory(err, b->at, b->len);
	struct klog_sink null = extract_null_sink();
	long got = -1;

	if (extract_open(err, dump, &extract) == 0 && extract_run(err, &extract, &null) == 0)
		got = (long)extract.count.records;
	extract_close(&extract);
	dump_close(dump);
	free(b->at);
	return got;
}

int main(void)
{
	const char *const names[] = {"x86_64", "arm64", "i386", "s390x"};
	struct err err;
	struct bytes b;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct machine *m = machine_find(names[i]);

		b = make(m, 3, 1);
		is_num(read_lines(&b, &err), LINES, "its note is good: it is read");
		is_num(extract.searched, 0, "and nothing is searched for");

		b = make(m, 3, 1);
		spoil(&b);
		is_num(read_lines(&b, &err), LINES, "its note is garbage: the page is found");
		is_num(extract.searched, 1, "and that is told");

		b = make(m, 3, 1);
		memcpy(find(&b, "VMCOREINFO"), "NOTHING", 7);
		is_num(read_lines(&b, &err), LINES, "it has no note: the page is found");

		b = make(m, EXTRACT_CANDIDATES, 1);
		spoil(&b);
		is_num(read_lines(&b, &err), -1, "so many pages that are none: given up");

		b = make(m, 1, 0);
		spoil(&b);
		is_num(read_lines(&b, &err), -1, "no such page: nothing");
		ok(strstr(err.msg, "names no kernel log") != NULL, "and why: %s", err.msg);
	}
	return tap_done();
}
