/* SPDX-License-Identifier: MIT */
/* dmesg_charlog: patches over the memory of a character ring that has wrapped. */
#include "dmesg_fuzz.h"

static void fill(struct ring *ring)
{
	const struct machine *m = ring->image.m;

	image_begin(&ring->image, m, ring->callers ? "2.6.24" : "2.6.32");
	ring->kind = RING_CHARS;
	chars_begin(ring, 512, ring->callers);
	for (unsigned i = 0; i < 40; i++) {
		char text[60];
		int n =
		    snprintf(text, sizeof(text), "<%u>[%5u.000000] line %u of text\n", i % 8, i, i);

		chars_store(ring, text, (size_t)n);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_patch_and_read(data, size, fill);
	return 0;
}
