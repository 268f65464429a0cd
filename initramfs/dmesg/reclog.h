/* SPDX-License-Identifier: MIT */
/*
 * reclog: the record buffer of kernels 3.5 to 5.9.
 *
 * Source: Linux kernel/printk.c, later kernel/printk/printk.c: struct log (printk_log since 3.11),
 * log_store, log_next, msg_print_text. A record is a header, text, a dictionary and padding; after a
 * record of length 0 the next one is at the buffer's start. Level and facility are not in VMCOREINFO:
 * they follow dict_len.
 */
#ifndef DMESG_RECLOG_H
#define DMESG_RECLOG_H

#include "klog.h"
#include "vmcore/vmem.h"

/* 1 if VMCOREINFO describes such a buffer. */
int reclog_present(const struct vmcoreinfo *info);
/* As prb_read. */
int reclog_read(struct err *err, struct vmem *vm, struct klog_scratch *scratch,
    const struct klog_sink *sink, int *stopped);

#endif
