/* SPDX-License-Identifier: MIT */
/*
 * watch: whether the loaded capture kernel is still ours. The kernel reports only that one is
 * loaded (/sys/kernel/kexec_crash_loaded), not which; so arm keeps samples of the reserved memory
 * ("Crash kernel" in /proc/iomem), read through /proc/kcore, and the keeper compares them. The
 * kernel itself changes a small part of what is loaded (the table of CPUs and memory after a
 * hotplug, since Linux 6.6), so a few samples may differ: WATCH_TOLERANCE.
 *
 * Formats: /proc/iomem, proc(5); /proc/kcore, an ELF64 core whose PT_LOAD of System RAM has the
 * physical address in p_paddr (Linux 4.9 and later, fs/proc/kcore.c). Where one of them is missing
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
	WATCH_TOLERANCE = 2, /* samples that may differ: of one piece of about 20 KB */
	WATCH_RANGES = 4, /* of the reservation: one above 4 GB and one below, on x86 */
};

struct watch_range {
	uint64_t start, end; /* physical, end excluded */
};

struct watch {
	size_t count; /* of samples; 0: the contents cannot be watched */
	uint32_t sample[WATCH_SAMPLES];
};

enum watch_state { WATCH_OURS, WATCH_UNLOADED, WATCH_REPLACED };

/* One line of /proc/iomem (NUL-terminated): 1 and its range if it is the reservation's. Pure. */
int watch_line(const char *line, struct watch_range *range);
/* The physical address of the reservation's n-th sample, 0 if there are no more. Pure. */
uint64_t watch_place(const struct watch_range *range, size_t ranges, size_t n);
/* Do more than WATCH_TOLERANCE of the samples differ that were not empty at first? Pure. */
int watch_differs(const struct watch *first, const struct watch *now);

/* Takes the samples, once our capture kernel is loaded. */
void watch_begin(struct watch *watch, const struct sys *sys);
enum watch_state watch_look(const struct watch *watch, const struct sys *sys);

#endif
