/* SPDX-License-Identifier: MIT */
/* interrupts: how often each interrupt has come; see interrupts.h. Walks are bounded in nodes and depth. */
#include "interrupts.h"

#include <string.h>

enum {
	INTERRUPTS_NODES = 4096, /* of a tree */
	INTERRUPTS_DEPTH = 8,
	INTERRUPTS_SLOTS = 64, /* of a node */
	XA_NODE = 2, /* the low bits of a pointer to a node */
	MAPLE_LEAF = 1, /* maple_type */
	MAPLE_RANGE = 2,
	MAPLE_ARANGE = 3,
};

struct interrupts_walk {
	struct kernel *kernel;
	struct interrupts *found;
	unsigned left; /* nodes that may still be read */
};

static void interrupts_add(struct interrupts_walk *w, uint64_t desc)
{
	struct kernel *k = w->kernel;
	struct interrupts *in = w->found;
	uint64_t action = kernel_get(k, L_IRQ_ACTION, desc);
	int64_t count = kernel_sum(k, kernel_get(k, L_IRQ_STAT, desc), 4);
	size_t i;

	if (kernel_fault(k) || count <= 0)
		return;
	if (in->count == INTERRUPTS_TOP && in->top[in->count - 1].count >= count)
		return;
	i = in->count < INTERRUPTS_TOP ? in->count++ : INTERRUPTS_TOP - 1;
	for (; i > 0 && in->top[i - 1].count < count; i--)
		in->top[i] = in->top[i - 1];
	in->top[i].count = count;
	in->top[i].number = (unsigned)kernel_get(k, L_IRQ_NUMBER, desc);
	in->top[i].name[0] = '\0';
	if (action)
		kernel_text(k, kernel_get(k, L_ACTION_NAME, action), in->top[i].name,
		    sizeof(in->top[i].name));
	kernel_fault(k);
}

/* How many slots of a node are looked at: 0 once there is no time, or too many were. */
static uint32_t interrupts_slots(const struct interrupts_walk *w, enum layout_field field)
{
	uint32_t count = w->kernel->layout.field[field].count;

	if (w->left == 0 || kernel_expired(w->kernel))
		return 0;
	return count < INTERRUPTS_SLOTS ? count : INTERRUPTS_SLOTS;
}

/* An entry of an xarray: a node, or a pointer to what is stored. */
static void interrupts_xarray(struct interrupts_walk *w, uint64_t entry, int depth)
{
	uint64_t node = entry - XA_NODE;

	if ((entry & 3) != XA_NODE) {
		if (entry)
			interrupts_add(w, entry);
		return;
	}
	for (uint32_t i = 0; i < interrupts_slots(w, L_XA_SLOTS) && depth < INTERRUPTS_DEPTH; i++) {
		uint64_t next =
		    kernel_word(w->kernel, kernel_at(w->kernel, L_XA_SLOTS, node) + 8ULL * i);

		if (kernel_fault(w->kernel))
			return;
		if (next) {
			w->left--;
			interrupts_xarray(w, next, depth + 1);
		}
	}
}

/* A node of a maple tree; its type is in bits 3 to 6 of the pointer. */
static void interrupts_maple(struct interrupts_walk *w, uint64_t entry, int depth)
{
	unsigned type = entry >> 3 & 15;
	enum layout_field field = type == MAPLE_ARANGE ? L_MA_ARANGE : L_MA_RANGE;
	uint64_t node = entry & ~255ULL;

	if (type < MAPLE_LEAF || type > MAPLE_ARANGE || depth == INTERRUPTS_DEPTH)
		return;
	for (uint32_t i = 0; i < interrupts_slots(w, field); i++) {
		uint64_t next =
		    kernel_word(w->kernel, kernel_at(w->kernel, field, node) + 8ULL * i);

		if (kernel_fault(w->kernel))
			return;
		/* (the last slot of a node that is not full holds its metadata: no address) */
		if (next >> 56 != 0xff)
			continue;
		w->left--;
		if (type == MAPLE_LEAF)
			interrupts_add(w, next);
		else
			interrupts_maple(w, next, depth + 1);
	}
}

void interrupts_find(struct kernel *k, struct interrupts *interrupts)
{
	struct interrupts_walk w = {k, interrupts, INTERRUPTS_NODES};

	memset(interrupts, 0, sizeof(*interrupts));
	if (!kernel_has(k, L_IRQ_STAT))
		return;
	if (k->symbol[S_sparse_irqs] && kernel_has(k, L_MA_ROOT))
		interrupts_maple(&w, kernel_get(k, L_MA_ROOT, k->symbol[S_sparse_irqs]), 0);
	else if (k->symbol[S_irq_desc_tree] && kernel_has(k, L_XA_SLOTS))
		interrupts_xarray(&w, kernel_get(k, L_XA_HEAD, k->symbol[S_irq_desc_tree]), 0);
	kernel_fault(k);
}
