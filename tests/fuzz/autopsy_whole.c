/* SPDX-License-Identifier: MIT */
/*
 * autopsy_whole: the whole autopsy of a made-up kernel with bytes changed, as text and as JSON. The first
 * byte is the variant, bit 5 --all, bit 6 JSON, bit 7: offsets are from the file's beginning, not memory's.
 */
#include "autopsy_fuzz.h"

static int fuzz_write(void *arg, const char *text, size_t len)
{
	(void)arg;
	for (size_t i = 0; i < len; i++) {
		/* nothing of the dump reaches a terminal as it is */
		if (text[i] != '\n' && (text[i] < 0x20 || text[i] >= 0x7f))
			abort();
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t copy[FUZZ_DUMP];
	static struct autopsy autopsy;
	struct fuzz_kernel *k;
	struct dump *dump;
	struct vmem *vm;
	struct err err;

	if (size < 1)
		return 0;
	k = fuzz_kernel(data[0]);
	memcpy(copy, k->dump.at, k->dump.len);
	fuzz_patch(copy, k->dump.len, data[0] & 0x80 ? 0 : k->fake.from, data + 1, size - 1);
	vm = fuzz_open(copy, k->dump.len, &dump);
	if (vm) {
		memset(&autopsy, 0, sizeof(autopsy));
		autopsy.all = (data[0] & 0x20) != 0;
		autopsy.full = autopsy.all;
		out_init(&autopsy.out, data[0] & 0x40 ? OUT_JSON : OUT_TEXT);
		if (autopsy_open(&err, vm, &autopsy) == 0) {
			autopsy_run(&autopsy, 0);
			out_finish(&autopsy.out, "6.1.0", "x86_64", fuzz_write, NULL);
		}
		autopsy_close(&autopsy);
	}
	vmem_close(vm);
	dump_close(dump);
	return 0;
}
