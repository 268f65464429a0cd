/* SPDX-License-Identifier: MIT */
/* dmesg_elf: the input is a whole dump: ELF headers, notes, VMCOREINFO, memory. */
#include "dmesg_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_read(data, size);
	return 0;
}
