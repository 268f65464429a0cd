/* SPDX-License-Identifier: MIT */
/*
 * autopsy_btf: BTF as it comes (first byte odd), or that of a made-up kernel with bytes changed: all fields
 * and constants are looked for, and types are written as text.
 */
#include "autopsy_fuzz.h"

static void fuzz_types(struct btf *btf)
{
	for (uint32_t id = 0; id < 200; id++) {
		struct btf_type type;
		uint32_t element, count, name, of;
		char text[40];
		struct err err;

		btf_type_text(btf, id, text, sizeof(text));
		if (strlen(text) >= sizeof(text))
			abort();
		(void)btf_size(btf, id);
		(void)btf_array(btf, id, &element, &count);
		if (btf_type(&err, btf, id, &type) == 0 && type.kind == BTF_FUNC_PROTO)
			(void)btf_parameter(&err, btf, &type, 0, &name, &of);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t copy[FUZZ_DUMP];
	static struct words words;
	static struct layout layout;
	struct fuzz_kernel *k = fuzz_kernel(0);
	uint64_t start = fake_address(&k->fake, k->fake.btf), len;
	struct pages *pages;
	struct dump *dump;
	struct vmem *vm;
	struct btf *btf;
	struct err err;
	size_t at = k->fake.from + k->fake.btf, room = k->dump.len - at;

	if (size < 1)
		return 0;
	memcpy(copy, k->dump.at, k->dump.len);
	len = 24 + fake_btf_bytes(&k->fake);
	if (data[0] & 1) {
		len = size - 1 < room ? size - 1 : room;
		memcpy(copy + at, data + 1, len);
	} else {
		fuzz_patch(copy, k->dump.len, at, data + 1, size - 1);
	}
	vm = fuzz_open(copy, k->dump.len, &dump);
	if (!vm)
		abort();
	pages = pages_open(&err, vm, 8);
	words_init(&words);
	if (!pages || layout_words(&err, &words))
		abort();
	btf = btf_open(&err, vm, pages, start, start + len, &words);
	if (btf) {
		layout_find(btf, &words, &layout);
		fuzz_types(btf);
	}
	btf_close(btf);
	pages_close(pages);
	vmem_close(vm);
	dump_close(dump);
	return 0;
}
