/* SPDX-License-Identifier: MIT */
/*
 * prb_salvage: is a ring's head and tail to be believed, and if not, where are they? Reads
 * descriptors only. A ring holds at most two laps of ids, the older one behind the newer: the two
 * laps that most descriptors belong to, and the place where one gives way to the other, are found in
 * two scans and constant memory.
 */
#include "prb_layout.h"

#include <string.h>

enum { PRB_LAPS = 16, PRB_BAD_RUN = 64 };

static int prb_written(const struct prb_desc *desc)
{
	return desc->state == PRB_COMMITTED || desc->state == PRB_FINALIZED;
}

int prb_ends_ok(struct prb *prb)
{
	struct err ignored;
	struct prb_desc desc;
	uint64_t mask = prb->count - 1, id;

	if (((prb->head - prb->tail) & prb->id_mask) >= prb->count)
		return 0;
	if (prb_desc_read(&ignored, prb, prb->tail & mask, 1, &desc) || desc.id != prb->tail)
		return 0;
	/* the head's own may still be of the lap before: its writer died before it was taken */
	if (prb_desc_read(&ignored, prb, prb->head & mask, 1, &desc) ||
	    (desc.id != prb->head && ((desc.id + prb->count) & prb->id_mask) != prb->head))
		return 0;
	/* nothing that is written may lie outside */
	id = (prb->head + 1) & prb->id_mask;
	if (prb_desc_read(&ignored, prb, id & mask, 1, &desc) == 0 && desc.id == id &&
	    prb_written(&desc))
		return 0;
	id = (prb->tail - 1) & prb->id_mask;
	if (prb_desc_read(&ignored, prb, id & mask, 1, &desc) == 0 && desc.id == id &&
	    prb_written(&desc))
		return 0;
	return 1;
}

/*
 * Calls use for every descriptor that is written and stands where its id belongs. Stops at a long
 * run of unreadable ones.
 */
static void prb_scan(
    struct prb *prb, void (*use)(void *arg, uint64_t lap, uint64_t index), void *arg)
{
	struct err ignored;
	unsigned bad = 0;

	for (uint64_t i = 0; i < prb->count && bad < PRB_BAD_RUN; i++) {
		struct prb_desc desc;

		if (prb_desc_read(&ignored, prb, i, prb->count - i, &desc)) {
			bad++;
			continue;
		}
		bad = 0;
		if (prb_written(&desc) && (desc.id & (prb->count - 1)) == i)
			use(arg, desc.id >> prb->count_bits, i);
	}
}

struct prb_laps {
	uint64_t lap[PRB_LAPS], count[PRB_LAPS];
};

/* Counts the frequent ones; rare ones make way (Misra and Gries). */
static void prb_count_lap(void *arg, uint64_t lap, uint64_t index)
{
	struct prb_laps *laps = arg;
	size_t empty = PRB_LAPS;

	(void)index;
	for (size_t i = 0; i < PRB_LAPS; i++) {
		if (laps->count[i] && laps->lap[i] == lap) {
			laps->count[i]++;
			return;
		}
		if (!laps->count[i])
			empty = i;
	}
	if (empty < PRB_LAPS) {
		laps->lap[empty] = lap;
		laps->count[empty] = 1;
		return;
	}
	for (size_t i = 0; i < PRB_LAPS; i++)
		laps->count[i]--;
}

static uint64_t prb_lap_count(const struct prb_laps *laps, uint64_t lap)
{
	for (size_t i = 0; i < PRB_LAPS; i++) {
		if (laps->count[i] && laps->lap[i] == lap)
			return laps->count[i];
	}
	return 0;
}

struct prb_border {
	uint64_t newer, older; /* laps */
	int64_t score, best;
	uint64_t head; /* the index where best was reached; UINT64_MAX: before the first */
};

static void prb_find_border(void *arg, uint64_t lap, uint64_t index)
{
	struct prb_border *border = arg;

	if (lap == border->newer && ++border->score > border->best) {
		border->best = border->score;
		border->head = index;
	}
	if (lap == border->older)
		border->score--;
}

int prb_salvage(struct prb *prb)
{
	struct prb_laps laps;
	struct prb_border border = {.head = UINT64_MAX};
	uint64_t lap_mask = prb->id_mask >> prb->count_bits, best = 0;

	memset(&laps, 0, sizeof(laps));
	prb_scan(prb, prb_count_lap, &laps);
	for (size_t i = 0; i < PRB_LAPS; i++) {
		uint64_t both = laps.count[i];

		if (!both)
			continue;
		both += prb_lap_count(&laps, (laps.lap[i] - 1) & lap_mask);
		if (both > best) {
			best = both;
			border.newer = laps.lap[i];
		}
	}
	if (!best)
		return -1;
	border.older = (border.newer - 1) & lap_mask;
	prb_scan(prb, prb_find_border, &border);
	if (border.head == UINT64_MAX)
		prb->head = (border.older << prb->count_bits | (prb->count - 1)) & prb->id_mask;
	else
		prb->head = (border.newer << prb->count_bits | border.head) & prb->id_mask;
	prb->tail = (prb->head - (prb->count - 1)) & prb->id_mask;
	return 0;
}
