/* SPDX-License-Identifier: MIT */
/* timeline: merges the logs of one kernel; the rule is in timeline.h. Pure. */
#include "timeline.h"

#include <stdlib.h>
#include <string.h>

enum { LOOK_MAX = 64 }; /* candidates that are compared with one line */
#define NONE UINT32_MAX

/* A hash table of line numbers: chains in the order of the lines. */
struct chain {
	uint32_t *head, *tail; /* by hash */
	uint32_t *next; /* by line */
	size_t mask;
};

/* One line of the text that is merged. */
struct incoming {
	struct timeline_line line;
	struct timeline_part part;
	uint32_t match; /* its line in the timeline, or NONE */
	uint32_t after; /* the match of the next matched line, or NONE */
	int64_t when; /* the time by which it is placed */
	size_t slot; /* the line of the timeline before which it is placed */
};

struct merge {
	struct timeline *base;
	struct timeline_part *part; /* of the base's lines */
	unsigned char *taken; /* the base's line is matched */
	int64_t *newest; /* the newest time up to each line of the base */
	struct incoming *in, **extra;
	size_t count, extras;
	unsigned int channel;
	/* The base's lines by time and text; then those that are left by time. */
	struct chain chain;
};

static uint64_t merge_hash_time(int64_t usec)
{
	uint64_t hash = (uint64_t)usec * 0x9e3779b97f4a7c15;

	return hash ^ hash >> 29;
}

static uint64_t merge_hash(const struct timeline_part *part)
{
	uint64_t hash = 0xcbf29ce484222325 ^ (uint64_t)part->usec; /* FNV-1a */

	for (size_t i = 0; i < part->len; i++)
		hash = (hash ^ (unsigned char)part->body[i]) * 0x100000001b3;
	return hash ^ hash >> 29;
}

static void chain_empty(struct chain *chain)
{
	memset(chain->head, 0xff, (chain->mask + 1) * sizeof(*chain->head));
}

static int chain_make(struct chain *chain, size_t lines)
{
	size_t size = 16;

	while (size < lines)
		size *= 2;
	chain->mask = size - 1;
	chain->head = malloc(size * sizeof(*chain->head));
	chain->tail = malloc(size * sizeof(*chain->tail));
	chain->next = malloc((lines + 1) * sizeof(*chain->next));
	if (!chain->head || !chain->tail || !chain->next)
		return -1;
	chain_empty(chain);
	return 0;
}

static void chain_free(struct chain *chain)
{
	free(chain->head);
	free(chain->tail);
	free(chain->next);
}

static void chain_add(struct chain *chain, uint64_t hash, uint32_t line)
{
	size_t at = hash & chain->mask;

	chain->next[line] = NONE;
	if (chain->head[at] == NONE)
		chain->head[at] = line;
	else
		chain->next[chain->tail[at]] = line;
	chain->tail[at] = line;
}

static void chain_drop(struct chain *chain, uint64_t hash, uint32_t line, uint32_t before)
{
	size_t at = hash & chain->mask;

	if (before == NONE)
		chain->head[at] = chain->next[line];
	else
		chain->next[before] = chain->next[line];
	if (chain->tail[at] == line)
		chain->tail[at] = before;
}

static int merge_equal(const struct timeline_part *a, const struct timeline_part *b)
{
	return a->usec == b->usec && a->len == b->len && memcmp(a->body, b->body, a->len) == 0;
}

/* Finds and takes the base's line that is equal: the first after anchor, else the first. */
static uint32_t merge_find(struct merge *merge, const struct timeline_part *part, uint32_t anchor)
{
	uint64_t hash = merge_hash(part);
	uint32_t before = NONE, found = NONE, found_before = NONE;
	uint32_t at = merge->chain.head[hash & merge->chain.mask];

	for (int looked = 0; at != NONE && looked < LOOK_MAX; looked++) {
		if (merge_equal(&merge->part[at], part)) {
			int follows = anchor == NONE || at > anchor;

			if (found == NONE || follows) {
				found = at;
				found_before = before;
			}
			/* with a time any equal line will do */
			if (follows || part->usec != TIMELINE_NO_TIME)
				break;
		}
		before = at;
		at = merge->chain.next[at];
	}
	if (found != NONE)
		chain_drop(&merge->chain, hash, found, found_before);
	return found;
}

/* 1 if the base's line has less of the text than the part, by what may happen to it on its way. */
static int merge_has_less(const struct merge *merge, uint32_t at, const struct timeline_part *part)
{
	return timeline_is_cut(&merge->part[at], part) ||
	       (merge->base->line[at].channels == TIMELINE_CONSOLE &&
		   timeline_is_thin(&merge->part[at], part));
}

/* … or the other way round. */
static int merge_has_more(const struct merge *merge, uint32_t at, const struct timeline_part *part)
{
	return timeline_is_cut(part, &merge->part[at]) ||
	       (merge->channel == TIMELINE_CONSOLE && timeline_is_thin(part, &merge->part[at]));
}

/* Finds a line of the base that is an incomplete form of this one, or the other way round. */
static uint32_t merge_find_cut(struct merge *merge, const struct timeline_part *part)
{
	uint32_t at = merge->chain.head[merge_hash_time(part->usec) & merge->chain.mask];

	for (int looked = 0; at != NONE && looked < LOOK_MAX; looked++) {
		if (!merge->taken[at] && merge->part[at].usec == part->usec &&
		    (merge_has_more(merge, at, part) || merge_has_less(merge, at, part)))
			return at;
		at = merge->chain.next[at];
	}
	return NONE;
}

/* Finds the incoming lines that the base has. */
static void merge_match(struct merge *merge)
{
	uint32_t anchor = NONE;

	for (size_t i = 0; i < merge->count; i++) {
		struct incoming *in = &merge->in[i];

		in->match = merge_find(merge, &in->part, anchor);
		if (in->match == NONE)
			continue;
		merge->taken[in->match] = 1;
		anchor = in->match;
	}
	/* What is left may be an incomplete form of another. (Early lines all have the time 0.) */
	chain_empty(&merge->chain);
	for (uint32_t i = 0; i < merge->base->count; i++)
		if (!merge->taken[i] && !(merge->part[i].flags & TIMELINE_MARK) &&
		    merge->part[i].usec != TIMELINE_NO_TIME)
			chain_add(&merge->chain, merge_hash_time(merge->part[i].usec), i);
	for (size_t i = 0; i < merge->count; i++) {
		struct incoming *in = &merge->in[i];
		struct timeline_line *line;

		if (in->match == NONE && in->part.usec != TIMELINE_NO_TIME &&
		    !(in->part.flags & TIMELINE_MARK))
			in->match = merge_find_cut(merge, &in->part);
		if (in->match == NONE)
			continue;
		merge->taken[in->match] = 1;
		line = &merge->base->line[in->match];
		if (merge_has_less(merge, in->match, &in->part)) {
			line->text = in->line.text;
			line->len = in->line.len;
		}
		line->channels |= merge->channel;
	}
}

/* The first line of the base that is later than usec. */
static size_t merge_later(const struct merge *merge, int64_t usec)
{
	size_t low = 0, high = merge->base->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (merge->newest[middle] > usec)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* Chooses a place for each line that the base does not have. */
static void merge_place(struct merge *merge)
{
	const struct timeline_part *base = merge->part;
	uint32_t anchor = NONE, next = NONE;
	int64_t top = INT64_MIN;
	size_t slot = 0;
	int placed = 0; /* the line before was placed at slot */
	int ring = merge->base->count == 0 && merge->channel != TIMELINE_NETCONSOLE;

	for (size_t i = merge->count; i-- > 0;) {
		merge->in[i].after = next;
		if (merge->in[i].match != NONE)
			next = merge->in[i].match;
	}
	for (size_t i = 0; i < merge->count; i++) {
		struct incoming *in = &merge->in[i];
		int64_t usec = in->part.usec;
		int follows =
		    usec == TIMELINE_NO_TIME || (top != INT64_MIN && usec < top - TIMELINE_FALL_US);

		if (!follows && usec > top)
			top = usec;
		/* the ring keeps its order; late lines of a stream go to their time */
		in->when = follows || ring ? top : usec;
		if (in->match != NONE) {
			anchor = in->match;
			placed = 0;
			continue;
		}
		if (follows && placed)
			in->when = merge->extra[merge->extras - 1]->when;
		else if (follows && anchor != NONE)
			slot = anchor + 1;
		else if (follows)
			slot = in->after != NONE ? in->after : merge->base->count;
		else if (anchor != NONE && base[anchor].usec == usec)
			slot = anchor + 1;
		else if (in->after != NONE && base[in->after].usec == usec)
			slot = in->after;
		else
			slot = merge_later(merge, usec);
		in->slot = slot;
		placed = 1;
		merge->extra[merge->extras++] = in;
	}
}

static int merge_order(const void *left, const void *right)
{
	const struct incoming *a = *(struct incoming *const *)left;
	const struct incoming *b = *(struct incoming *const *)right;

	if (a->slot != b->slot)
		return a->slot < b->slot ? -1 : 1;
	if (a->when != b->when)
		return a->when < b->when ? -1 : 1;
	return a < b ? -1 : a > b;
}

static int merge_weave(struct merge *merge)
{
	struct timeline *base = merge->base;
	size_t total = base->count + merge->extras, to = 0, at = 0;
	struct timeline_line *line;

	if (merge->extras == 0)
		return 0;
	qsort(merge->extra, merge->extras, sizeof(struct incoming *), merge_order);
	line = malloc(total * sizeof(*line));
	if (!line)
		return -1;
	for (size_t i = 0; i <= base->count; i++) {
		for (; at < merge->extras && merge->extra[at]->slot == i; at++)
			line[to++] = merge->extra[at]->line;
		if (i < base->count)
			line[to++] = base->line[i];
	}
	free(base->line);
	base->line = line;
	base->count = to;
	return 0;
}

static size_t merge_count(const char *text, size_t len)
{
	const char *at = text, *line;
	size_t count = 0, n;

	while (timeline_next(&at, text + len, &line, &n))
		count++;
	return count;
}

/* Indexes the lines of the base. */
static int merge_prepare(struct merge *merge)
{
	size_t count = merge->base->count;
	int64_t newest = INT64_MIN;

	merge->part = calloc(count + 1, sizeof(*merge->part));
	merge->taken = calloc(count + 1, 1);
	merge->newest = calloc(count + 1, sizeof(*merge->newest));
	merge->in = calloc(merge->count + 1, sizeof(*merge->in));
	merge->extra = calloc(merge->count + 1, sizeof(struct incoming *));
	if (!merge->part || !merge->taken || !merge->newest || !merge->in || !merge->extra ||
	    chain_make(&merge->chain, count))
		return -1;
	for (uint32_t i = 0; i < count; i++) {
		struct timeline_part *part = &merge->part[i];

		timeline_part(merge->base->line[i].text, merge->base->line[i].len, part);
		if (part->usec != TIMELINE_NO_TIME && part->usec > newest)
			newest = part->usec;
		merge->newest[i] = newest;
		if (part->flags & TIMELINE_MARK)
			continue;
		chain_add(&merge->chain, merge_hash(part), i);
	}
	return 0;
}

int timeline_add(
    struct err *err, struct timeline *timeline, const char *text, size_t len, unsigned int channel)
{
	struct merge merge = {
	    .base = timeline, .channel = channel, .count = merge_count(text, len)};
	const char *at = text;
	int rc = -1;

	if (merge.count >= NONE / 2 || timeline->count >= NONE / 2) {
		err_set(err, "too many lines");
		return -1;
	}
	if (merge_prepare(&merge))
		goto out;
	for (size_t i = 0; i < merge.count; i++) {
		struct incoming *in = &merge.in[i];

		timeline_next(&at, text + len, &in->line.text, &in->line.len);
		timeline_part(in->line.text, in->line.len, &in->part);
		in->line.usec = in->part.usec;
		in->line.flags = in->part.flags;
		in->line.channels = channel;
		in->match = NONE;
	}
	merge_match(&merge);
	merge_place(&merge);
	rc = merge_weave(&merge);
out:
	if (rc)
		err_set(err, "out of memory for %zu lines", merge.count + timeline->count);
	free(merge.part);
	free(merge.taken);
	free(merge.newest);
	free(merge.in);
	free(merge.extra);
	chain_free(&merge.chain);
	return rc;
}

void timeline_free(struct timeline *timeline)
{
	free(timeline->line);
	memset(timeline, 0, sizeof(*timeline));
}
