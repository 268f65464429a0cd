/* SPDX-License-Identifier: MIT */
/* vmem: the dead kernel's memory by virtual address; see vmem.h. */
#include "vmem.h"

#include <stdlib.h>
#include <string.h>

#include "infosearch.h"
#include "xlate.h"

struct vmem {
	struct dump *dump;
	struct elfcore *core;
	struct vmcoreinfo *info;
	struct xlate *xlate;
	struct infosearch search;
};

struct vmem *vmem_open(struct err *err, struct dump *dump)
{
	struct vmem *vm = calloc(1, sizeof(*vm));

	if (!vm) {
		err_set(err, "out of memory");
		return NULL;
	}
	vm->dump = dump;
	vm->core = elfcore_open(err, dump);
	if (vm->core)
		vm->info = vmcoreinfo_new(err);
	if (vm->info)
		vm->xlate = xlate_new(err, dump, vm->core, vm->info);
	if (vm->xlate)
		return vm;
	vmem_close(vm);
	return NULL;
}

void vmem_close(struct vmem *vm)
{
	if (!vm)
		return;
	xlate_free(vm->xlate);
	vmcoreinfo_free(vm->info);
	elfcore_close(vm->core);
	free(vm);
}

const struct elfcore_header *vmem_header(const struct vmem *vm)
{
	return elfcore_header(vm->core);
}

const struct vmcoreinfo *vmem_info(const struct vmem *vm)
{
	return vm->info;
}

/* VMCOREINFO from len bytes of the file. 0/-1. */
static int vmem_read_info(struct err *err, struct vmem *vm, uint64_t off, uint64_t len)
{
	uint64_t pos = 0;

	vmcoreinfo_reset(vm->info);
	xlate_reset(vm->xlate);
	while (pos < len) {
		char piece[1024];
		size_t n = sizeof(piece);

		if (n > len - pos)
			n = (size_t)(len - pos);
		if (dump_read_small(err, vm->dump, piece, n, off + pos)) {
			if (vmcoreinfo_lines(vm->info) == 0)
				return err_prefix(err, "VMCOREINFO");
			break; /* it ends early: what was read may be enough */
		}
		vmcoreinfo_feed(vm->info, piece, n);
		pos += n;
	}
	vmcoreinfo_end(vm->info);
	return 0;
}

int vmem_load_info(struct err *err, struct vmem *vm)
{
	const struct elfcore_header *header = vmem_header(vm);

	if (header->note_len == 0)
		return err_set(err, "no VMCOREINFO note: not a kdump, or its notes are damaged");
	return vmem_read_info(err, vm, header->note_off, header->note_len);
}

int vmem_search_info(struct vmem *vm)
{
	struct err ignored;
	uint64_t off;

	while (infosearch_next(vm->dump, vm->core, &vm->search, &off)) {
		if (vmem_read_info(&ignored, vm, off, INFOSEARCH_PAGE) == 0)
			return 1;
	}
	return 0;
}

int vmem_next_note(struct vmem *vm, struct elfcore_notes *notes, struct elfcore_note *note)
{
	return elfcore_next_note(vm->core, notes, note);
}

int vmem_read_note(
    struct err *err, struct vmem *vm, const struct elfcore_note *note, void *buf, size_t len)
{
	if (note->len < len)
		return err_set(err, "note %s is too short", note->name);
	return dump_read_small(err, vm->dump, buf, len, note->off);
}

int vmem_read(struct err *err, struct vmem *vm, uint64_t vaddr, void *buf, size_t len)
{
	uint8_t *to = buf;

	while (len > 0) {
		uint64_t off, run, more, part;

		if (xlate_find(vm->xlate, vaddr, &off, &run))
			return err_set(err, "virtual address 0x%llx is not in the dump",
			    (unsigned long long)vaddr);
		/* pages that follow each other in the file are one read */
		while (run < len && xlate_find(vm->xlate, vaddr + run, &more, &part) == 0 &&
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
	*out = dump_uint(vmem_header(vm)->order, b, size);
	return 0;
}

int vmem_word(struct err *err, struct vmem *vm, uint64_t vaddr, uint64_t *out)
{
	return vmem_uint(err, vm, vaddr, vmem_header(vm)->word, out);
}

const uint8_t *vmem_view(struct err *err, struct vmem *vm, struct vmem_window *window,
    uint64_t vaddr, size_t len, uint64_t ahead)
{
	uint64_t into = vaddr - window->base;
	size_t have = 0, want;

	if (len > window->size) {
		err_set(err, "%zu bytes do not fit into the window", len);
		return NULL;
	}
	if (vaddr >= window->base && into <= window->len) {
		if (len <= window->len - into)
			return window->buf + into;
		/* keep what is there of the range */
		have = window->len - (size_t)into;
		memmove(window->buf, window->buf + into, have);
	}
	want = ahead > window->size ? window->size : (size_t)ahead;
	if (want < len)
		want = len;
	window->base = vaddr;
	window->len = have;
	while (vmem_read(err, vm, vaddr + have, window->buf + have, want - have)) {
		/* reading ahead may have gone past the end of a segment: half of it, and so on, so
		 * that a walk up to that end does not read the same again for each of its steps */
		if (want == len)
			return NULL;
		want = want / 2 > len ? want / 2 : len;
	}
	window->len = want;
	return window->buf;
}
