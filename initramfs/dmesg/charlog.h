/* SPDX-License-Identifier: MIT */
/*
 * charlog: the character ring of kernels up to 3.4.
 *
 * Source: Linux kernel/printk.c of 2.6 (log_buf, log_buf_len, log_end, logged_chars): log_end counts
 * every character ever logged; the last log_buf_len of them are in the ring. Lines begin with "<N>"
 * and, with printk.time, "[    1.234567] ". Here a line is a record; the oldest one may have lost its
 * beginning.
 */
#ifndef DMESG_CHARLOG_H
#define DMESG_CHARLOG_H

#include "klog.h"
#include "vmcore/vmem.h"

/* 1 if VMCOREINFO describes such a ring. */
int charlog_present(const struct vmcoreinfo *info);
/* As prb_read. */
int charlog_read(struct err *err, struct vmem *vm, struct klog_scratch *scratch,
    const struct klog_sink *sink, int *stopped);
/*
 * Parses a line (without newline): level and facility from "<N>", which is cut off; the time from
 * "[    1.234567] ", which stays in the text (stamp is its length). Pure.
 */
void charlog_parse_line(const char *line, size_t len, struct klog_record *record);

#endif
