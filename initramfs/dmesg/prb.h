/* SPDX-License-Identifier: MIT */
/*
 * prb: the lockless printk ring buffer of kernels 5.10 and newer, in a dump.
 *
 * Source: Linux kernel/printk/printk_ringbuffer.[ch] (its long comment describes descriptors, data
 * rings and ids). Three arrays: descriptors (state and place of the text), infos (sequence number,
 * time, level) and text. Only the live descriptors, from tail to head, are read, in order.
 */
#ifndef DMESG_PRB_H
#define DMESG_PRB_H

#include "klog.h"
#include "vmcore/vmem.h"

/* 1 if VMCOREINFO describes such a ring. */
int prb_present(const struct vmcoreinfo *info);
/*
 * Gives every record to the sink, oldest first, and every hole in its place. 0, or -1: nothing can be
 * read of the ring (err), or the sink stopped it (*stopped is 1).
 */
int prb_read(struct err *err, struct vmem *vm, struct klog_scratch *scratch,
    const struct klog_sink *sink, int *stopped);

#endif
