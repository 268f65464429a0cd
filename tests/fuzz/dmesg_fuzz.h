/* SPDX-License-Identifier: MIT */
/*
 * dmesg_fuzz: shared by the extractor's fuzz targets: a dump in memory is read to its end in two forms;
 * and dumps of a known ring are made, with the input patched over them.
 */
#ifndef TESTS_FUZZ_DMESG_FUZZ_H
#define TESTS_FUZZ_DMESG_FUZZ_H

#include <stdint.h>
#include <stdlib.h>

#include "dmesg/extract.h"
#include "dmesg/render.h"
#include "tests/vmcore/ring.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* More text than this from a dump of a few kilobytes is a finding. */
enum { FUZZ_OUTPUT_MAX = 64 << 20 };

static int fuzz_write(void *arg, const char *text, size_t len)
{
	size_t *written = arg;

	(void)text;
	*written += len;
	if (*written > FUZZ_OUTPUT_MAX)
		abort();
	return 0;
}

static void fuzz_read(const uint8_t *bytes, size_t size)
{
	static struct extract extract;
	static struct render render;
	enum render_form forms[] = {RENDER_TEXT, RENDER_JSON};
	struct err err;

	for (size_t i = 0; i < 2; i++) {
		struct dump *dump = dump_open_memory(&err, bytes, size);
		size_t written = 0;

		if (!dump)
			abort();
		if (extract_open(&err, dump, &extract) == 0) {
			struct klog_sink sink = render_sink(&render);

			render_init(&render, forms[i], fuzz_write, &written);
			extract_run(&err, &extract, &sink);
			render_finish(&render);
		}
		extract_close(&extract);
		dump_close(dump);
	}
}

/*
 * The input as patches: the first byte is the machine, then follow, repeatedly, an offset (2 bytes, from
 * the memory's beginning), a length (1 byte, 1 to 16) and as many bytes.
 */
__attribute__((unused)) static void fuzz_patch_and_read(
    const uint8_t *data, size_t size, void (*fill)(struct ring *ring))
{
	static struct bytes base[MACHINES * 2];
	static size_t from[MACHINES * 2];
	static uint8_t copy[1 << 18];
	size_t which, at = 1;

	if (size < 1)
		return;
	which = data[0] % (MACHINES * 2);
	if (!base[which].at) {
		static struct ring ring;

		memset(&ring, 0, sizeof(ring));
		ring.new_rule = which >= MACHINES;
		ring.callers = which >= MACHINES;
		ring.image.m = &machine_table[which % MACHINES];
		fill(&ring);
		ring_finish(&ring);
		from[which] = ring.image.memory.len;
		base[which] = image_dump(&ring.image, MAP_LOAD, 0);
		from[which] = base[which].len - from[which];
		if (base[which].len > sizeof(copy))
			abort();
	}
	memcpy(copy, base[which].at, base[which].len);
	while (size - at >= 4) {
		size_t off = from[which] + (data[at] | (size_t)data[at + 1] << 8);
		size_t n = 1 + data[at + 2] % 16;

		at += 3;
		for (; n > 0 && at < size; n--, at++, off++) {
			if (off < base[which].len)
				copy[off] = data[at];
		}
	}
	fuzz_read(copy, base[which].len);
}

#endif
