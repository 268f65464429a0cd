/* SPDX-License-Identifier: MIT */
/* dmesg_reclog: patches over the memory of a record buffer that has wrapped. */
#include "dmesg_fuzz.h"

static void fill(struct ring *ring)
{
	const struct machine *m = ring->image.m;

	image_begin(&ring->image, m, ring->callers ? "5.4.0" : "3.16.0");
	ring->kind = ring->callers ? RING_PRINTK_LOG : RING_LOG;
	log_begin(ring, 1024);
	for (unsigned i = 0; i < 60; i++) {
		char text[40];
		int n = snprintf(
		    text, sizeof(text), "line %u\nof text%.*s", i, (int)(i % 9), "_________");

		log_store(ring, i, i % 16, i * 1000000, i, text, i % 7 ? (size_t)n : 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_patch_and_read(data, size, fill);
	return 0;
}
