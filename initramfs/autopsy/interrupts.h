/* SPDX-License-Identifier: MIT */
/*
 * interrupts: how often each interrupt has come, the most frequent first.
 *
 * The kernel finds its struct irq_desc by number in a radix tree (irq_desc_tree, before 6.5: an xarray,
 * include/linux/xarray.h) or a maple tree (sparse_irqs, include/linux/maple_tree.h). Counts are per CPU.
 */
#ifndef AUTOPSY_INTERRUPTS_H
#define AUTOPSY_INTERRUPTS_H

#include "kernel.h"

enum { INTERRUPTS_TOP = 10 };

struct interrupts {
	struct {
		unsigned number;
		int64_t count;
		char name[KERNEL_NAME]; /* of the first handler; "" none */
	} top[INTERRUPTS_TOP];
	size_t count;
};

void interrupts_find(struct kernel *kernel, struct interrupts *interrupts);

#endif
