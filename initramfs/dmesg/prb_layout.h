/* SPDX-License-Identifier: MIT */
/*
 * prb_layout: where the parts of a lockless ring lie in memory, checked once so that the reader can
 * add and index without fear. Only prb*.c includes this.
 */
#ifndef DMESG_PRB_LAYOUT_H
#define DMESG_PRB_LAYOUT_H

#include "vmcore/vmem.h"

enum prb_state { PRB_RESERVED, PRB_COMMITTED, PRB_FINALIZED, PRB_REUSABLE };

enum {
	PRB_COUNT_BITS_MAX = 26, /* log_buf_len= ends at 2 GB, one descriptor for 32 bytes */
	PRB_SIZE_BITS_MAX = 31,
	PRB_STRUCT_MAX = 4096, /* bytes of a descriptor or info */
};

struct prb {
	struct vmem *vm;
	size_t word;
	unsigned count_bits, size_bits;
	uint64_t count, size; /* descriptors; bytes of text */
	uint64_t id_mask, lpos_mask; /* a state_var without its state; a long */
	uint64_t head, tail; /* ids */
	uint64_t head_lpos; /* only for reading ahead */
	uint64_t descs, infos, data; /* addresses */
	size_t desc_size, info_size;
	size_t desc_state, desc_begin, desc_next; /* offsets in a descriptor */
	size_t info_seq, info_ts, info_text_len, info_caller; /* in an info; info_caller 0: none */
	struct vmem_window desc_window, info_window, text_window, back_window;
};

/* A descriptor, taken apart. */
struct prb_desc {
	uint64_t id;
	enum prb_state state;
	uint64_t begin, next;
};

/* Reads and checks the layout. -1 and what is wrong with it. */
int prb_layout_read(struct err *err, struct vmem *vm, struct prb *prb);
/* The descriptor in place index (below count); ahead: how many more will be wanted. 0/-1. */
int prb_desc_read(
    struct err *err, struct prb *prb, uint64_t index, uint64_t ahead, struct prb_desc *desc);
/* 1 if head and tail fit each other and the descriptors they name. */
int prb_ends_ok(struct prb *prb);
/* Finds head and tail again by scanning all descriptors. 0, or -1: there is nothing to be found. */
int prb_salvage(struct prb *prb);

#endif
