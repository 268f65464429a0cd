/* SPDX-License-Identifier: MIT */
/* prb_ring: where the parts of a lockless ring lie; see prb_ring.h. */
#include "prb_ring.h"

#include <string.h>

enum {
	PRB_COUNT_BITS_MAX = 26, /* log_buf_len= ends at 2 GB, one descriptor for 32 bytes */
	PRB_SIZE_BITS_MAX = 31,
	PRB_STRUCT_MAX = 4096, /* bytes of a descriptor or info */
};

/* The offset of a field of size bytes in a struct of total bytes. 0/-1. */
static int prb_offset(struct err *err, const struct vmcoreinfo *info, enum vmci_key key,
    size_t size, size_t total, size_t *out)
{
	uint64_t value = vmcoreinfo_get(info, key, 0);

	if (!vmcoreinfo_has(info, key))
		return err_set(err, "VMCOREINFO has no %s", vmcoreinfo_name(key));
	if (value > total || size > total - value)
		return err_set(err, "VMCOREINFO: %s=%llu is out of range", vmcoreinfo_name(key),
		    (unsigned long long)value);
	*out = (size_t)value;
	return 0;
}

static int prb_size(struct err *err, const struct vmcoreinfo *info, enum vmci_key key, size_t *out)
{
	if (prb_offset(err, info, key, 0, PRB_STRUCT_MAX, out))
		return -1;
	return *out ? 0 : err_set(err, "VMCOREINFO: %s=0", vmcoreinfo_name(key));
}

/* The integer of size bytes that lies at base + OFFSET(outer) + OFFSET(inner). 0/-1. */
static int prb_member(struct err *err, struct prb *prb, uint64_t base, enum vmci_key inner,
    size_t size, uint64_t *out)
{
	size_t at;

	if (prb_offset(err, vmem_info(prb->vm), inner, size, PRB_STRUCT_MAX, &at) ||
	    vmem_uint(err, prb->vm, base + at, size, out))
		return err_prefix(err, "%s", vmcoreinfo_name(inner));
	return 0;
}

static int prb_ring_structs(struct err *err, struct prb *prb)
{
	const struct vmcoreinfo *info = vmem_info(prb->vm);
	size_t lpos, begin, next, word = prb->word;

	if (prb_size(err, info, VMCI_DESC_SIZE, &prb->desc_size) ||
	    prb_size(err, info, VMCI_INFO_SIZE, &prb->info_size) ||
	    prb_offset(err, info, VMCI_DESC_STATE, word, prb->desc_size, &prb->desc_state) ||
	    prb_offset(err, info, VMCI_DESC_LPOS, word, prb->desc_size, &lpos) ||
	    prb_offset(err, info, VMCI_LPOS_BEGIN, word, prb->desc_size - lpos, &begin) ||
	    prb_offset(err, info, VMCI_LPOS_NEXT, word, prb->desc_size - lpos, &next) ||
	    prb_offset(err, info, VMCI_INFO_SEQ, 8, prb->info_size, &prb->info_seq) ||
	    prb_offset(err, info, VMCI_INFO_TS, 8, prb->info_size, &prb->info_ts) ||
	    /* text_len, facility, flags and level follow each other */
	    prb_offset(err, info, VMCI_INFO_TEXT_LEN, 4, prb->info_size, &prb->info_text_len))
		return -1;
	prb->desc_begin = lpos + begin;
	prb->desc_next = lpos + next;
	prb->info_caller = 0;
	if (vmcoreinfo_has(info, VMCI_INFO_CALLER_ID))
		return prb_offset(
		    err, info, VMCI_INFO_CALLER_ID, 4, prb->info_size, &prb->info_caller);
	return 0;
}

static int prb_ring_rings(struct err *err, struct prb *prb)
{
	const struct vmcoreinfo *info = vmem_info(prb->vm);
	size_t desc_ring, text_ring, counter, word = prb->word;
	uint64_t base, count_bits, size_bits;
	struct err ignored;

	if (vmem_word(err, prb->vm, vmcoreinfo_get(info, VMCI_PRB, 0), &base))
		return err_prefix(err, "%s", vmcoreinfo_name(VMCI_PRB));
	counter = 0;
	if (prb_offset(err, info, VMCI_RB_DESC_RING, word, PRB_STRUCT_MAX, &desc_ring) ||
	    prb_offset(err, info, VMCI_RB_TEXT_RING, word, PRB_STRUCT_MAX, &text_ring) ||
	    (vmcoreinfo_has(info, VMCI_ATOMIC_COUNTER) &&
		prb_offset(err, info, VMCI_ATOMIC_COUNTER, word, 64, &counter)))
		return -1;
	prb->desc_state += counter;
	if (word > prb->desc_size - prb->desc_state)
		return err_set(err, "VMCOREINFO: state_var does not fit into its descriptor");
	if (prb_member(err, prb, base + desc_ring, VMCI_DR_COUNT_BITS, 4, &count_bits) ||
	    prb_member(err, prb, base + desc_ring, VMCI_DR_DESCS, word, &prb->descs) ||
	    prb_member(err, prb, base + desc_ring, VMCI_DR_INFOS, word, &prb->infos) ||
	    prb_member(err, prb, base + desc_ring + counter, VMCI_DR_HEAD, word, &prb->head) ||
	    prb_member(err, prb, base + desc_ring + counter, VMCI_DR_TAIL, word, &prb->tail) ||
	    prb_member(err, prb, base + text_ring, VMCI_TR_SIZE_BITS, 4, &size_bits) ||
	    prb_member(err, prb, base + text_ring, VMCI_TR_DATA, word, &prb->data))
		return -1;
	if (count_bits < 1 || count_bits > PRB_COUNT_BITS_MAX)
		return err_set(err,
		    "impossible number 2^%llu of descriptors: its header is damaged",
		    (unsigned long long)count_bits);
	if (size_bits < 4 || size_bits > PRB_SIZE_BITS_MAX)
		return err_set(err, "impossible size 2^%llu of the text: its header is damaged",
		    (unsigned long long)size_bits);
	prb->count_bits = (unsigned)count_bits;
	prb->size_bits = (unsigned)size_bits;
	prb->count = 1ULL << count_bits;
	prb->size = 1ULL << size_bits;
	if (prb_member(
		&ignored, prb, base + text_ring + counter, VMCI_TR_HEAD, word, &prb->head_lpos))
		prb->head_lpos = 0;
	return 0;
}

int prb_ring_read(struct err *err, struct vmem *vm, struct klog_scratch *scratch, struct prb *prb)
{
	memset(prb, 0, sizeof(*prb));
	prb->vm = vm;
	prb->order = vmem_header(vm)->order;
	prb->word = vmem_header(vm)->word;
	prb->desc_window = (struct vmem_window){.buf = scratch->a, .size = sizeof(scratch->a)};
	prb->info_window = (struct vmem_window){.buf = scratch->b, .size = sizeof(scratch->b)};
	prb->text_window = (struct vmem_window){.buf = scratch->c, .size = sizeof(scratch->c)};
	prb->back_window = (struct vmem_window){.buf = scratch->d, .size = sizeof(scratch->d)};
	prb->lpos_mask = prb->word == 8 ? UINT64_MAX : UINT32_MAX;
	prb->id_mask = prb->lpos_mask >> 2;
	if (prb_ring_structs(err, prb) || prb_ring_rings(err, prb))
		return -1;
	/* the state's bits are not part of an id; a damaged one may have them */
	prb->head &= prb->id_mask;
	prb->tail &= prb->id_mask;
	return 0;
}

int prb_desc_read(struct prb *prb, uint64_t id, uint64_t ahead, struct prb_desc *desc)
{
	uint64_t index = id & (prb->count - 1), state;
	struct err ignored;
	const uint8_t *b;

	if (ahead > prb->count - index)
		ahead = prb->count - index;
	b = vmem_view(&ignored, prb->vm, &prb->desc_window, prb->descs + index * prb->desc_size,
	    prb->desc_size, ahead * prb->desc_size);
	if (!b)
		return -1;
	state = dump_uint(prb->order, b + prb->desc_state, prb->word);
	desc->id = state & prb->id_mask;
	desc->state = (enum prb_state)(state >> (8 * prb->word - 2));
	desc->begin = dump_uint(prb->order, b + prb->desc_begin, prb->word);
	desc->next = dump_uint(prb->order, b + prb->desc_next, prb->word);
	return 0;
}
