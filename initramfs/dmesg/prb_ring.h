/* SPDX-License-Identifier: MIT */
/*
 * prb_ring: where the parts of a lockless ring lie in memory, and its descriptors. All of it is checked
 * when it is read, so that the reader can add and index safely. For prb*.c only.
 */
#ifndef DMESG_PRB_RING_H
#define DMESG_PRB_RING_H

#include "klog.h"
#include "vmcore/vmem.h"

enum prb_state { PRB_RESERVED, PRB_COMMITTED, PRB_FINALIZED, PRB_REUSABLE };

struct prb {
	struct vmem *vm;
	enum dump_order order;
	size_t word;
	unsigned count_bits, size_bits;
	uint64_t count, size; /* descriptors; bytes of text */
	uint64_t id_mask, lpos_mask; /* a state_var without its state; a long */
	uint64_t head, tail; /* ids */
	uint64_t head_lpos; /* a hint for reading ahead; 0: unknown */
	uint64_t descs, infos, data; /* addresses */
	size_t desc_size, info_size;
	size_t desc_state, desc_begin, desc_next; /* offsets in a descriptor */
	size_t info_seq, info_ts, info_text_len, info_caller; /* in an info; info_caller 0: none */
	struct vmem_window desc_window, info_window, text_window, back_window;
};

struct prb_desc {
	uint64_t id;
	enum prb_state state;
	uint64_t begin, next;
};

/* Reads and checks the layout. -1 and what is wrong with it. */
int prb_ring_read(struct err *err, struct vmem *vm, struct klog_scratch *scratch, struct prb *prb);
/* The descriptor with that id's place; ahead: how many from it on will be read. 0, or -1: unreadable. */
int prb_desc_read(struct prb *prb, uint64_t id, uint64_t ahead, struct prb_desc *desc);

enum prb_ends { PRB_ENDS_GOOD, PRB_ENDS_FOUND, PRB_ENDS_NONE };

/*
 * Checks head and tail against the descriptors. Damaged ones are found again by scanning all
 * descriptors (FOUND), unless no record is left (NONE).
 */
enum prb_ends prb_ends_find(struct prb *prb);

#endif
