/* SPDX-License-Identifier: MIT */
/* dmesg_prb: patches over the memory of a lockless ring that has wrapped several times. */
#include "dmesg_fuzz.h"

static void fill(struct ring *ring)
{
	const struct machine *m = ring->image.m;

	image_begin(&ring->image, m, "6.1.0");
	ring->kind = RING_PRB;
	prb_begin(ring, 4, 9, 0);
	for (unsigned i = 0; i < 60; i++) {
		char text[40];
		int n = snprintf(
		    text, sizeof(text), "line %u\nof text%.*s", i, (int)(i % 9), "_________");

		prb_store(ring,
		    i == 57   ? RING_RESERVED
		    : i == 59 ? RING_COMMITTED
			      : RING_FINALIZED,
		    i, i * 1000000, i, text, i % 7 ? (size_t)n : 0, i == 55);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_patch_and_read(data, size, fill);
	return 0;
}
