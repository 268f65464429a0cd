/* SPDX-License-Identifier: MIT */
/* vmem: the dead kernel's memory by virtual address; see vmem.h. */
#include "vmem.h"

#include <string.h>

static int vmem_read_info(struct err *err, struct vmem *vm, uint64_t off, uint64_t len)
{
	uint64_t pos = 0;

	vmcoreinfo_init(&vm->info);
	while (pos < len) {
		char piece[1024];
		size_t n = sizeof(piece);

		if (n > len - pos)
			n = (size_t)(len - pos);
		if (dump_read_small(err, vm->dump, piece, n, off + pos)) {
			if (vm->info.lines == 0)
				return err_prefix(err, "VMCOREINFO");
			break; /* torn: what was read may be enough */
		}
		vmcoreinfo_feed(&vm->info, piece, n);
		pos += n;
	}
	vmcoreinfo_end(&vm->info);
	return 0;
}

int vmem_open_info(struct err *err, struct vmem *vm, uint64_t off, uint64_t len)
{
	if (vmem_read_info(err, vm, off, len))
		return -1;
	xlate_init(&vm->xlate, &vm->core, &vm->info);
	return 0;
}

int vmem_open(struct err *err, struct dump *dump, struct vmem *vm)
{
	vm->dump = dump;
	vm->headers = 0;
	if (elfcore_open(err, dump, &vm->core))
		return -1;
	vm->headers = 1;
	if (vm->core.note_len == 0)
		return err_set(err, "no VMCOREINFO note: not a kdump, or its notes are destroyed");
	return vmem_open_info(err, vm, vm->core.note_off, vm->core.note_len);
}

int vmem_read(struct err *err, struct vmem *vm, uint64_t vaddr, void *buf, size_t len)
{
	uint8_t *to = buf;

	while (len > 0) {
		uint64_t off, run, more, part;

		if (xlate_find(&vm->xlate, vaddr, &off, &run))
			return err_set(err, "virtual address 0x%llx is not in the dump",
			    (unsigned long long)vaddr);
		/* pages that lie one after another in the file are one read */
		while (run < len && xlate_find(&vm->xlate, vaddr + run, &more, &part) == 0 &&
		       more == off + run)
			run += part;
		if (run > len)
			run = len;
		if (dump_read(err, vm->dump, to, (size_t)run, off))
			return err_prefix(err, "memory at 0x%llx", (unsigned long long)vaddr);
		to += run;
		vaddr += run;
		len -= (size_t)run;
	}
	return 0;
}

int vmem_uint(struct err *err, struct vmem *vm, uint64_t vaddr, size_t size, uint64_t *out)
{
	uint8_t b[8];

	if (vmem_read(err, vm, vaddr, b, size))
		return -1;
	*out = dump_uint(vm->core.order, b, size);
	return 0;
}

int vmem_word(struct err *err, struct vmem *vm, uint64_t vaddr, uint64_t *out)
{
	return vmem_uint(err, vm, vaddr, vm->core.word, out);
}

const uint8_t *vmem_view(struct err *err, struct vmem *vm, struct vmem_window *window,
    uint64_t vaddr, size_t len, uint64_t ahead)
{
	uint64_t into = vaddr - window->base;
	size_t have = 0, want;

	if (len > window->size) {
		err_set(err, "%zu bytes are more than the window", len);
		return NULL;
	}
	if (vaddr >= window->base && into <= window->len) {
		if (len <= window->len - into)
			return window->buf + into;
		/* keep what is there already of the range */
		have = window->len - (size_t)into;
		memmove(window->buf, window->buf + into, have);
	}
	want = ahead > window->size ? window->size : (size_t)ahead;
	if (want < len)
		want = len;
	window->base = vaddr;
	window->len = have;
	if (vmem_read(err, vm, vaddr + have, window->buf + have, want - have)) {
		/* what was read ahead may lie past the end of a segment */
		if (want == len || vmem_read(err, vm, vaddr + have, window->buf + have, len - have))
			return NULL;
		want = len;
	}
	window->len = want;
	return window->buf;
}
