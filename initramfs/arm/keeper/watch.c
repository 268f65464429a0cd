/* SPDX-License-Identifier: MIT */
/* watch: whether the loaded capture kernel is still ours; see watch.h. */
#include "watch.h"

#include <elf.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "arm/load.h"

enum { WATCH_SEGMENTS = 256, WATCH_LINE = 128 };

int watch_line(const char *line, struct watch_range *range)
{
	char name[16] = "";
	uint64_t start, end;

	if (sscanf(line, " %" SCNx64 "-%" SCNx64 " : %15[^\n]", &start, &end, name) != 3)
		return 0;
	if (strcmp(name, "Crash kernel") != 0 || end <= start || end == UINT64_MAX)
		return 0;
	range->start = start;
	range->end = end + 1;
	return 1;
}

uint64_t watch_place(const struct watch_range *range, size_t ranges, size_t n)
{
	uint64_t all = 0, step, at;

	for (size_t i = 0; i < ranges; i++)
		all += range[i].end - range[i].start;
	step = all / WATCH_SAMPLES & ~(uint64_t)4095;
	if (step < WATCH_STEP)
		step = WATCH_STEP;
	at = n * step;
	for (size_t i = 0; n < WATCH_SAMPLES && i < ranges; i++) {
		uint64_t size = range[i].end - range[i].start;

		if (at < size)
			return size - at >= WATCH_SAMPLE ? range[i].start + at : 0;
		at -= size;
	}
	return 0;
}

int watch_differs(const struct watch *first, const struct watch *now)
{
	size_t differ = 0;

	for (size_t i = 0; i < first->count && i < now->count; i++)
		differ += first->sample[i] != 0 && first->sample[i] != now->sample[i];
	return differ > WATCH_TOLERANCE;
}

static size_t watch_reservation(const struct sys *sys, struct watch_range range[WATCH_RANGES])
{
	char line[WATCH_LINE], text[4096];
	size_t ranges = 0, used = 0;
	int fd = openat(sys->proc, "iomem", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	while (fd >= 0 && (n = read(fd, text, sizeof(text))) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			if (text[i] != '\n') {
				if (used < sizeof(line) - 1)
					line[used++] = text[i];
				continue;
			}
			line[used] = '\0';
			used = 0;
			if (ranges < WATCH_RANGES)
				ranges += (size_t)watch_line(line, &range[ranges]);
		}
	}
	if (fd >= 0)
		close(fd);
	return ranges;
}

/* /proc/kcore's segments of memory: their number, 0 if it has none that can be used. */
static size_t watch_segments(int kcore, Elf64_Phdr segment[WATCH_SEGMENTS])
{
	Elf64_Ehdr head;
	size_t count = 0;

	if (pread(kcore, &head, sizeof(head), 0) != (ssize_t)sizeof(head) ||
	    memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 || head.e_ident[EI_CLASS] != ELFCLASS64 ||
	    head.e_phentsize != sizeof(Elf64_Phdr))
		return 0;
	for (size_t i = 0; i < head.e_phnum && count < WATCH_SEGMENTS; i++) {
		Elf64_Phdr *at = &segment[count];
		off_t offset = (off_t)(head.e_phoff + i * sizeof(*at));

		if (pread(kcore, at, sizeof(*at), offset) != (ssize_t)sizeof(*at))
			break;
		/* (other memory than System RAM has -1, or 0 in old kernels) */
		if (at->p_type == PT_LOAD && at->p_paddr + 1 > 1 &&
		    at->p_paddr + at->p_filesz > at->p_paddr)
			count++;
	}
	return count;
}

/* FNV-1a of the bytes at a physical address; 0 if they are all zero or unreadable. */
static uint32_t watch_sample(int kcore, const Elf64_Phdr *segment, size_t count, uint64_t address)
{
	uint8_t bytes[WATCH_SAMPLE], any = 0;
	uint32_t sum = 2166136261U;

	for (size_t i = 0; i < count; i++) {
		uint64_t at = address - segment[i].p_paddr;

		if (address < segment[i].p_paddr || at + WATCH_SAMPLE > segment[i].p_filesz)
			continue;
		if (pread(kcore, bytes, sizeof(bytes), (off_t)(segment[i].p_offset + at)) !=
		    (ssize_t)sizeof(bytes))
			return 0;
		for (size_t b = 0; b < sizeof(bytes); b++) {
			any |= bytes[b];
			sum = (sum ^ bytes[b]) * 16777619U;
		}
		return any ? sum | 1 : 0;
	}
	return 0;
}

void watch_begin(struct watch *watch, const struct sys *sys)
{
	static Elf64_Phdr segment[WATCH_SEGMENTS];
	struct watch_range range[WATCH_RANGES];
	size_t ranges = watch_reservation(sys, range), segments, filled = 0;
	int kcore = openat(sys->proc, "kcore", O_RDONLY | O_CLOEXEC);
	uint64_t place;

	watch->count = 0;
	if (kcore < 0)
		return;
	segments = watch_segments(kcore, segment);
	while (segments && (place = watch_place(range, ranges, watch->count)) != 0) {
		uint32_t sample = watch_sample(kcore, segment, segments, place);

		filled += sample != 0;
		watch->sample[watch->count++] = sample;
	}
	close(kcore);
	if (filled <= WATCH_TOLERANCE)
		watch->count = 0;
}

enum watch_state watch_look(const struct watch *watch, const struct sys *sys)
{
	static struct watch now;

	if (!load_is_loaded(sys))
		return WATCH_UNLOADED;
	if (watch->count == 0)
		return WATCH_OURS;
	watch_begin(&now, sys);
	return now.count > 0 && watch_differs(watch, &now) ? WATCH_REPLACED : WATCH_OURS;
}
