/* SPDX-License-Identifier: MIT */
/*
 * autopsy_orc: stacks by damaged ORC tables and damaged stacks (arm64: frame records). The first byte is
 * the variant, bit 7: offsets are from memory's beginning, not the ORC tables'; 32 bytes: sp, bp, ip of a CPU
 * relative to the victim and the code, and the word that all its other registers have.
 */
#include "autopsy_fuzz.h"

static uint64_t fuzz_u64(const uint8_t *data)
{
	return dump_uint(DUMP_LITTLE, data, 8);
}

static void fuzz_check(const struct unwind *unwind)
{
	if (unwind->count > UNWIND_MAX || (!unwind->whole && !unwind->why))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t copy[FUZZ_DUMP];
	static struct autopsy a;
	struct regs regs = {0};
	struct fuzz_kernel *k;
	struct unwind unwind;
	struct dump *dump;
	struct vmem *vm;
	struct err err;

	if (size < 33)
		return 0;
	k = fuzz_kernel(data[0]);
	memcpy(copy, k->dump.at, k->dump.len);
	fuzz_patch(copy, k->dump.len, k->fake.from + (data[0] & 0x80 ? 0 : k->fake.orc_ips),
	    data + 33, size - 33);
	vm = fuzz_open(copy, k->dump.len, &dump);
	if (!vm)
		abort();
	memset(&a, 0, sizeof(a));
	out_init(&a.out, OUT_TEXT);
	if (autopsy_open(&err, vm, &a) == 0) {
		for (size_t i = 0; i < a.tasks.count; i++) {
			unwind_task(&a.unwinder, a.tasks.task[i].address, &unwind);
			fuzz_check(&unwind);
		}
		for (size_t i = 0; i < REGS_MAX; i++)
			regs.all[i] = fuzz_u64(data + 25);
		regs.sp = fake_address(&k->fake, k->fake.victim) + fuzz_u64(data + 1);
		regs.fp = fake_address(&k->fake, k->fake.victim) + fuzz_u64(data + 9);
		regs.ip = fake_address(&k->fake, FAKE_TEXT) + fuzz_u64(data + 17);
		unwind_cpu(&a.unwinder, &regs, &unwind);
		fuzz_check(&unwind);
	}
	autopsy_close(&a);
	vmem_close(vm);
	dump_close(dump);
	return 0;
}
