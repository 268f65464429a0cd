/* SPDX-License-Identifier: MIT */
/*
 * dmesg_infosearch: a dump whose VMCOREINFO note is damaged or missing is read by the kernel's own page
 * of it, after pages that only look like it. Evidence: the number of lines.
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

/* A dump of LINES lines; own: with the kernel's own page, after decoys. */
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

/* Overwrites the note's text, up to its last line. */
static void spoil(struct bytes *b)
{
	uint8_t *at = find(b, "OSRELEASE=");

	memset(at, 'Z', (size_t)(find(b, "CRASHTIME=") - at));
}

/* How many records can be read, or -1. */
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
		ok(read_lines(&b, &err) == LINES, "%s: with a good note every line is read",
		    m->name);
		ok(extract.searched == 0, "%s: with a good note nothing is searched for", m->name);

		b = make(m, 3, 1);
		spoil(&b);
		ok(read_lines(&b, &err) == LINES,
		    "%s: with a damaged note the kernel's page is found", m->name);
		ok(extract.searched == 1, "%s: with a damaged note `searched` is set", m->name);

		b = make(m, 3, 1);
		memcpy(find(&b, "VMCOREINFO"), "NOTHING", 7);
		ok(read_lines(&b, &err) == LINES, "%s: without a note the kernel's page is found",
		    m->name);

		b = make(m, EXTRACT_CANDIDATES, 1);
		spoil(&b);
		ok(read_lines(&b, &err) == -1, "%s: the search ends after 16 wrong pages", m->name);

		b = make(m, 1, 0);
		spoil(&b);
		ok(read_lines(&b, &err) == -1, "%s: without note and page no line is read",
		    m->name);
		ok(strstr(err.msg, "names no kernel log") != NULL,
		    "%s: without note and page there is a reason: %s", m->name, err.msg);
	}
	return tap_done();
}
