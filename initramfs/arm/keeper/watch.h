/* SPDX-License-Identifier: MIT */
/*
 * watch: whether the capture kernel that is loaded is still ours. The kernel tells only that one
 * is loaded (/sys/kernel/kexec_crash_loaded), not whose; so arm remembers samples of the reserved
 * memory ("Crash kernel" in /proc/iomem), read through /proc/kcore, and the keeper compares them.
 * The kernel itself changes a little of what is loaded (the table of CPUs and memory after a
 * hotplug, since Linux 6.6), so a few samples may differ: WATCH_TOLERANCE.
 *
 * Formats: /proc/iomem, proc(5); /proc/kcore, an ELF64 core whose PT_LOAD of System RAM has the
 * physical address in p_paddr (Linux 4.9 and later, fs/proc/kcore.c). Where there is none of them
 * (no CONFIG_PROC_KCORE, lockdown=confidentiality, arm64's unmapped reservation), only an unload is
 * noticed. Never writes, never allocates.
 */
#ifndef LASTWORDS_ARM_KEEPER_WATCH_H
#define LASTWORDS_ARM_KEEPER_WATCH_H

#include <stddef.h>
#include <stdint.h>

#include "arm/sys.h"

enum {
	WATCH_SAMPLES = 1024, /* at most */
	WATCH_SAMPLE = 64, /* bytes each */
	WATCH_STEP = 16384, /* bytes between two, at least */
	WATCH_TOLERANCE = 2, /* samples that may differ: of one piece of some 20 KB */
	WATCH_RANGES = 4, /* of the reservation: one above 4 GB and one below, on x86 */
};

struct watch_range {
	uint64_t start, end; /* physical, end excluded */
};

struct arm_watch {
	size_t count; /* samples; 0: contents cannot be watched */
	uint32_t sample[WATCH_SAMPLES];
};

enum arm_watch_news { WATCH_OURS, WATCH_UNLOADED, WATCH_REPLACED };

/* One line of /proc/iomem (NUL-terminated): 1 and its range if it is the reservation's. Pure. */
int arm_watch_line(const char *line, struct watch_range *range);
/* Where the reservation's next sample is to be taken: the n-th, or 0 when there are no more. Pure. */
uint64_t arm_watch_place(const struct watch_range *range, size_t ranges, size_t n);
/* Of the samples that were not empty at first, do more than WATCH_TOLERANCE differ? Pure. */
int arm_watch_differs(const struct arm_watch *first, const struct arm_watch *now);

/* Takes the samples, once ours is loaded. */
void arm_watch_begin(struct arm_watch *watch, const struct arm_hold *hold);
/* How it stands now. */
enum arm_watch_news arm_watch_look(const struct arm_watch *watch, const struct arm_hold *hold);

#endif
