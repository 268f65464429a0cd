/* SPDX-License-Identifier: MIT */
/* dmesg_vmcoreinfo: the input is VMCOREINFO's text, parsed alone and added to that of a real ring. */
#include "dmesg_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ring ring;
	struct vmcoreinfo *info;
	struct bytes dump;
	struct err err;

	info = vmcoreinfo_new(&err);
	vmcoreinfo_feed(info, (const char *)data, size);
	vmcoreinfo_end(info);
	if (strlen(vmcoreinfo_release(info)) > 64 || strlen(vmcoreinfo_build_id(info)) > 64)
		abort();
	vmcoreinfo_free(info);
	if (size == 0 || size > 16384)
		return 0;
	memset(&ring, 0, sizeof(ring));
	image_begin(&ring.image, &machine_table[data[0] % MACHINES], "6.1.0");
	ring.kind = RING_PRB;
	prb_begin(&ring, 4, 9, 0);
	for (unsigned i = 0; i < 20; i++)
		prb_store(&ring, RING_FINALIZED, 6, i, 0, "a line of text", 14, 0);
	ring_finish(&ring);
	/* later lines win */
	memcpy(bytes_grow(&ring.image.info, size), data, size);
	dump = image_dump(&ring.image, MAP_LOAD, 0);
	fuzz_read(dump.at, dump.len);
	free(dump.at);
	return 0;
}
