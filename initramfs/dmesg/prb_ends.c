/* SPDX-License-Identifier: MIT */
/*
 * prb_ends: a ring's head and tail: checked, and found again where they are damaged. Reads descriptors
 * only. A ring holds at most two laps of ids, the older one after the newer: two scans in constant
 * memory find the two laps of most descriptors, and the border between them.
 */
#include "prb_ring.h"

enum {
	PRB_LAPS = 16,
	PRB_BAD_RUN = 64, /* unreadable descriptors in a row, after which a scan ends */
	PRB_UNUSED_BAD_RUN = 4096,
};

/* 1 if the descriptor with that id can be read and has it. */
static int prb_desc_is(struct prb *prb, uint64_t id, struct prb_desc *desc)
{
	return prb_desc_read(prb, id, 1, desc) == 0 && desc->id == id;
}

static int prb_written(const struct prb_desc *desc)
{
	return desc->state == PRB_COMMITTED || desc->state == PRB_FINALIZED;
}

static int prb_ends_good(struct prb *prb)
{
	struct prb_desc desc;

	if (((prb->head - prb->tail) & prb->id_mask) >= prb->count ||
	    !prb_desc_is(prb, prb->tail, &desc))
		return 0;
	/* the head's may still be of the lap before: its writer died before it was taken */
	if (prb_desc_read(prb, prb->head, 1, &desc) ||
	    (desc.id != prb->head && ((desc.id + prb->count) & prb->id_mask) != prb->head))
		return 0;
	/* next to them there can be no record */
	if (prb_desc_is(prb, (prb->head + 1) & prb->id_mask, &desc) && prb_written(&desc))
		return 0;
	if (prb_desc_is(prb, (prb->tail - 1) & prb->id_mask, &desc) && prb_written(&desc))
		return 0;
	return 1;
}

/*
 * Calls use for every descriptor that is written and has an id that belongs in its place. Ends after
 * a long run of unreadable ones.
 */
static void prb_scan(
    struct prb *prb, void (*use)(void *arg, uint64_t lap, uint64_t index), void *arg)
{
	unsigned bad = 0;

	for (uint64_t i = 0; i < prb->count && bad < PRB_BAD_RUN; i++) {
		struct prb_desc desc;

		if (prb_desc_read(prb, i, prb->count - i, &desc)) {
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

/* Counts the frequent laps; rare ones lose their place (Misra and Gries). */
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

/* Sets head and tail by scanning. 0, or -1: no record was found. */
static int prb_salvage(struct prb *prb)
{
	struct prb_laps laps = {0};
	struct prb_border border = {.head = UINT64_MAX};
	uint64_t lap_mask = prb->id_mask >> prb->count_bits, best = 0;

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

/* Moves tail to the first record: what a ring found by scanning has lost before it is unknown. */
static void prb_skip_unused(struct prb *prb)
{
	struct prb_desc desc;
	unsigned bad = 0;

	for (; prb->tail != prb->head && bad < PRB_UNUSED_BAD_RUN;
	     prb->tail = (prb->tail + 1) & prb->id_mask) {
		if (prb_desc_read(prb, prb->tail, prb->count, &desc))
			bad++;
		else if (desc.id == prb->tail && desc.state != PRB_REUSABLE)
			break;
	}
}

enum prb_ends prb_ends_find(struct prb *prb)
{
	if (prb_ends_good(prb))
		return PRB_ENDS_GOOD;
	if (prb_salvage(prb))
		return PRB_ENDS_NONE;
	prb_skip_unused(prb);
	return PRB_ENDS_FOUND;
}
