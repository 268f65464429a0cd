/* SPDX-License-Identifier: MIT */
/*
 * autopsy_kallsyms: the symbol tables of a made-up kernel with bytes changed: the scan for them, the search for
 * words, and lookups. The first byte is the variant; offsets are from the tables' beginning.
 */
#include "autopsy/scan.h"
#include "autopsy_fuzz.h"

static void fuzz_lookups(struct kallsyms *ks, const struct fake *f)
{
	char name[KALLSYMS_NAME];
	uint64_t start, size;
	struct err err;

	for (unsigned i = 0; i <= F_END; i++) {
		if (kallsyms_lookup(&err, ks, fake_ip(f, i), name, &start, &size) == 0 &&
		    strlen(name) >= sizeof(name))
			abort();
	}
	(void)kallsyms_lookup(&err, ks, 0, name, &start, &size);
	(void)kallsyms_lookup(&err, ks, UINT64_MAX, name, &start, &size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const wanted[] = {"_stext", "init_task", "runqueues", "__stop_BTF"};
	static uint8_t copy[FUZZ_DUMP];
	uint64_t address[4];
	struct kallsyms_tables tables = {0};
	struct fuzz_kernel *k;
	struct kallsyms *ks = NULL;
	struct pages *pages;
	struct words words;
	struct dump *dump;
	struct vmem *vm;
	struct err err;
	size_t len, begin;

	if (size < 1)
		return 0;
	k = fuzz_kernel(data[0]);
	/* (the scan reads whole pieces of 64 KB from _stext: zeros follow) */
	len = k->fake.from + FAKE_TEXT + 65536;
	memset(copy, 0, len);
	memcpy(copy, k->dump.at, k->dump.len);
	begin = k->fake.offsets_first ? k->fake.offsets : k->fake.number;
	fuzz_patch(copy, k->dump.len, k->fake.from + begin, data + 1, size - 1);
	/* p_filesz, p_memsz of the second program header */
	machine_put(k->fake.image->m, copy + 64 + 56 + 32, FAKE_TEXT + 65536, 8);
	vm = fuzz_open(copy, len, &dump);
	if (!vm)
		abort();
	words_init(&words);
	for (size_t i = 0; i < 4; i++)
		(void)words_add(&words, wanted[i], strlen(wanted[i]));
	pages = pages_open(&err, vm, 8);
	if (!pages)
		abort();
	if (k->fake.named) {
		tables.names = fake_address(&k->fake, k->fake.names);
		tables.count = fake_address(&k->fake, k->fake.number);
		tables.tokens = fake_address(&k->fake, k->fake.tokens);
		tables.index = fake_address(&k->fake, k->fake.index);
		tables.offsets = fake_address(&k->fake, k->fake.offsets);
		tables.base = k->fake.rule == FAKE_PLACE ? 0 : fake_address(&k->fake, k->fake.base);
	}
	if (k->fake.named || scan_tables(&err, vm, &tables) == 0)
		ks = kallsyms_open(&err, vm, pages, &tables, &words, address);
	if (ks)
		fuzz_lookups(ks, &k->fake);
	kallsyms_close(ks);
	pages_close(pages);
	vmem_close(vm);
	dump_close(dump);
	return 0;
}
