/* SPDX-License-Identifier: MIT */
/*
 * extract: the kernel log of a dump, whatever its format, to a sink, and counts of it.
 */
#ifndef DMESG_EXTRACT_H
#define DMESG_EXTRACT_H

#include "klog.h"
#include "vmcore/vmem.h"

enum extract_format { EXTRACT_NONE, EXTRACT_PRB, EXTRACT_RECORDS, EXTRACT_CHARACTERS };

enum { EXTRACT_CANDIDATES = 16 }; /* pages that may be VMCOREINFO and are tried */

/* The message for people where `searched` is set. */
#define EXTRACT_SEARCHED                                                                           \
	"VMCOREINFO's note is damaged: read by the kernel's own page of it, found in memory"

/* About 160 KB: keep it in static memory. */
struct extract {
	struct vmem *vm;
	enum extract_format format;
	int searched; /* VMCOREINFO's note was unusable; the kernel's own page of it was found */
	struct klog_count count;
	struct klog_scratch scratch;
};

/* "lockless ring", "records", "character ring". */
const char *extract_format_name(enum extract_format format);
/*
 * Opens the dump, which must outlive extract, and finds the format of its log. -1: no log can be read
 * from it, and why. Due afterwards in either case: extract_close.
 */
int extract_open(struct err *err, struct dump *dump, struct extract *extract);
void extract_close(struct extract *extract);
/*
 * Gives the log to the sink and counts it; may be called again. 0, also with holes: see count.
 * -1: nothing could be read (count.records is 0), or the sink stopped it.
 */
int extract_run(struct err *err, struct extract *extract, const struct klog_sink *sink);
/* A sink that does nothing, for counting. */
struct klog_sink extract_null_sink(void);

#endif
