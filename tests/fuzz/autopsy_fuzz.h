/* SPDX-License-Identifier: MIT */
/*
 * autopsy_fuzz: shared by the autopsy's fuzz targets: made-up kernels (tests/unit/autopsy_kernel.h) with
 * the input patched over them.
 */
#ifndef TESTS_FUZZ_AUTOPSY_FUZZ_H
#define TESTS_FUZZ_AUTOPSY_FUZZ_H

#include "autopsy/autopsy.h"
#include "tests/unit/autopsy_scene.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FUZZ_VARIANTS = 32, FUZZ_DUMP = 1 << 18 };

/* A kernel and its dump, made once. */
struct fuzz_kernel {
	struct fake fake;
	struct bytes dump;
};

/*
 * By bits: 0, 1 the rule of offsets (3: arm64), 2 no symbols in VMCOREINFO, 3 the tables' order before 6.5,
 * 4 the ORC numbers since 7.x.
 */
static struct fuzz_kernel *fuzz_kernel(unsigned variant)
{
	static struct fuzz_kernel kernels[FUZZ_VARIANTS];
	struct fuzz_kernel *k = &kernels[variant % FUZZ_VARIANTS];
	struct fake_regs regs = {{0}};

	if (k->dump.at)
		return k;
	fake_begin(
	    &k->fake, (variant & 3) == 3 ? "arm64" : "x86_64", variant & 8 ? "6.0.0" : "6.6.0");
	k->fake.rule = (enum fake_rule)((variant & 3) % 3);
	k->fake.named = !(variant & 4);
	k->fake.offsets_first = (variant & 8) != 0;
	k->fake.long_names = !(variant & 8);
	k->fake.new_orc = (variant & 16) != 0;
	fake_make(&k->fake);
	regs.reg[FAKE_IP] = fake_ip(&k->fake, F_CRASH);
	regs.reg[FAKE_CS] = 0x10;
	regs.reg[FAKE_SP] = fake_address(&k->fake, k->fake.victim);
	k->dump = fake_dump(&k->fake, &regs);
	if (k->dump.len > FUZZ_DUMP)
		abort();
	return k;
}

/* Patches: an offset (2 bytes) from `from`, a length (1 byte, 1 to 16), as many bytes; until the input's end. */
static void fuzz_patch(uint8_t *to, size_t len, size_t from, const uint8_t *data, size_t size)
{
	for (size_t at = 0; size - at >= 4;) {
		size_t off = from + (data[at] | (size_t)data[at + 1] << 8);
		size_t n = 1 + data[at + 2] % 16;

		at += 3;
		for (; n > 0 && at < size; n--, at++, off++) {
			if (off < len)
				to[off] = data[at];
		}
	}
}

/* The dump's memory, with VMCOREINFO. NULL: it is not readable any more. */
static struct vmem *fuzz_open(const uint8_t *bytes, size_t len, struct dump **dump)
{
	struct err err;
	struct vmem *vm;

	*dump = dump_open_memory(&err, bytes, len);
	if (!*dump)
		abort();
	vm = vmem_open(&err, *dump);
	if (vm && vmem_load_info(&err, vm) == 0)
		return vm;
	vmem_close(vm);
	return NULL;
}

#endif
