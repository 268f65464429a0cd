/* SPDX-License-Identifier: MIT */
/*
 * klog: what the readers of the log formats (prb, reclog, charlog) have in common: records, holes, the
 * sink that takes both, and memory to read with.
 */
#ifndef DMESG_KLOG_H
#define DMESG_KLOG_H

#include <stddef.h>
#include <stdint.h>

enum {
	KLOG_TEXT_MAX = 65535, /* bytes of a record's text: lengths are 16 bits in every format */
};

enum klog_flag {
	KLOG_UNFINISHED = 1, /* its writer had not finished it when the kernel died */
	KLOG_NO_PREFIX = 2, /* continues the line of the record before (kernels before 4.10) */
	KLOG_NO_NEWLINE = 4, /* the next record continues its line */
};

struct klog_record {
	uint64_t seq; /* the kernel's number; a position from 0 where the format has none */
	uint64_t ts_nsec; /* the kernel's clock since boot */
	int has_time;
	int level, facility; /* 0-7, 0-23…; level -1 unknown */
	int has_caller; /* the kernel was built to print it (otherwise only --json shows it) */
	uint32_t caller; /* bit 31 set: a CPU number in the others, else a task id */
	unsigned flags; /* enum klog_flag */
	const char *text; /* any bytes, no NUL at the end; newlines separate lines */
	size_t len;
	size_t stamp; /* bytes at the text's beginning that are a time, printed by the kernel */
};

/* Missing records, given in their place among the others. */
struct klog_hole {
	uint64_t count; /* 0: unknown */
	uint64_t bytes; /* of the log's buffer that are unreadable; 0: unknown */
	uint64_t first, last; /* their numbers, if count is not 0 and has_seq is set */
	int has_seq;
	const char *what; /* a description, where count is 0; or NULL */
};

/* Both return 0 to go on, or -1 to stop the reader (the sink keeps the reason). */
struct klog_sink {
	int (*record)(void *arg, const struct klog_record *record);
	int (*hole)(void *arg, const struct klog_hole *hole);
	void *arg;
};

struct klog_count {
	uint64_t records, holes, lost, unfinished;
	uint64_t text; /* bytes */
	uint64_t last_ts; /* the latest ts_nsec */
};

/* The reader's windows (vmem.h) and lines. Too large for a stack; only what is used becomes memory. */
struct klog_scratch {
	uint8_t a[8192], b[16384], c[65536 + 256], d[65536 + 256];
};

#endif
