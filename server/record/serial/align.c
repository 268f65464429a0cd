/* SPDX-License-Identifier: MIT */
/*
 * align: the lines of a console without times that another channel has too, by the longest common
 * subsequence (J. W. Hunt, T. G. Szymanski, 1977): the longest increasing chain among the pairs of equal
 * lines. Of a line that the base has often, ALIGN_SAME pairs are looked at. Pure.
 */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "report/report.h"
#include "serial.h"

enum { ALIGN_SAME = 16, ALIGN_LOOK = 64 };
#define NONE UINT32_MAX

/* A line of the console next to an equal one of the base. */
struct pair {
	uint32_t line, base;
	uint32_t before; /* the pair before it in the longest chain that ends here */
};

struct align {
	const struct timeline *base;
	uint32_t *head, *next; /* chains of the base's lines, by hash, last to first */
	size_t mask;
	struct pair *pair;
	size_t pairs, room;
	/* end[n]: the pair that ends a chain of n + 1 with the smallest line of the base */
	uint32_t *end;
	size_t longest;
};

static uint64_t align_hash(const char *text, size_t len)
{
	uint64_t hash = 0xcbf29ce484222325; /* FNV-1a */

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3;
	return hash ^ hash >> 29;
}

static int align_make(struct align *align, size_t lines)
{
	size_t size = 16;

	while (size < 2 * align->base->count)
		size *= 2;
	align->mask = size - 1;
	align->head = malloc(size * sizeof(*align->head));
	align->next = malloc((align->base->count + 1) * sizeof(*align->next));
	align->end = malloc((lines + 1) * sizeof(*align->end));
	if (!align->head || !align->next || !align->end)
		return -1;
	memset(align->head, 0xff, size * sizeof(*align->head));
	for (uint32_t i = 0; i < align->base->count; i++) {
		struct timeline_part part;
		size_t at;

		timeline_part(align->base->line[i].text, align->base->line[i].len, &part);
		if (part.flags & TIMELINE_MARK)
			continue;
		at = align_hash(part.body, part.len) & align->mask;
		align->next[i] = align->head[at];
		align->head[at] = i;
	}
	return 0;
}

/* Puts the pair at the end of the longest chain that it continues. */
static void align_chain(struct align *align, uint32_t number)
{
	struct pair *pair = &align->pair[number];
	size_t low = 0, high = align->longest;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (align->pair[align->end[middle]].base < pair->base)
			low = middle + 1;
		else
			high = middle;
	}
	pair->before = low ? align->end[low - 1] : NONE;
	align->end[low] = number;
	if (low == align->longest)
		align->longest++;
}

/* The pairs of one line of the console: the base's last line first, so that a chain has one of them. */
static int align_line(
    struct err *err, struct align *align, uint32_t number, const char *text, size_t len)
{
	uint32_t at = align->head[align_hash(text, len) & align->mask];

	for (int looked = 0, same = 0; at != NONE && looked < ALIGN_LOOK && same < ALIGN_SAME;
	     looked++, at = align->next[at]) {
		struct timeline_part part;
		struct pair *pair;

		timeline_part(align->base->line[at].text, align->base->line[at].len, &part);
		if (part.len != len || memcmp(part.body, text, len) != 0)
			continue;
		pair = array_grow(err, align->pair, &align->room, align->pairs, sizeof(*pair));
		if (!pair)
			return -1;
		align->pair = pair;
		same++;
		align->pair[align->pairs] = (struct pair){.line = number, .base = at};
		align_chain(align, (uint32_t)align->pairs++);
	}
	return 0;
}

/* match[line]: the base's line, or NONE. */
static void align_matches(const struct align *align, uint32_t *match, size_t lines)
{
	uint32_t at = align->longest ? align->end[align->longest - 1] : NONE;

	for (size_t i = 0; i < lines; i++)
		match[i] = NONE;
	for (; at != NONE; at = align->pair[at].before)
		match[align->pair[at].line] = align->pair[at].base;
}

/* Writes the lines that are the kernel's. */
static int align_write(struct err *err, const struct align *align, const char *text, size_t len,
    const uint32_t *match, struct serial_text *out)
{
	const char *at = text, *line;
	int died = 0;
	size_t n;

	for (size_t i = 0; timeline_next(&at, text + len, &line, &n); i++) {
		struct timeline_part part;

		timeline_part(line, n, &part);
		if (match[i] != NONE) {
			line = align->base->line[match[i]].text;
			n = align->base->line[match[i]].len;
		}
		if (part.flags & TIMELINE_MARK || match[i] != NONE)
			died = 0;
		else if (!died && !(died = report_is_death(line, n)))
			continue;
		if (serial_put(err, out, line, n))
			return -1;
	}
	return 0;
}

int serial_align(struct err *err, const struct timeline *base, const char *text, size_t len,
    struct serial_text *out)
{
	struct align align = {.base = base};
	const char *at = text, *line;
	uint32_t *match = NULL;
	size_t lines = 0, n;
	int rc = -1;

	while (timeline_next(&at, text + len, &line, &n))
		lines++;
	if (lines >= NONE / ALIGN_SAME || base->count >= NONE) {
		err_set(err, "too many lines");
		return -1;
	}
	match = malloc((lines + 1) * sizeof(*match));
	if (!match || serial_room(err, out, 0) || align_make(&align, lines)) {
		err_set(err, "out of memory for %zu lines", lines + base->count);
		goto out;
	}
	at = text;
	for (uint32_t i = 0; timeline_next(&at, text + len, &line, &n); i++)
		if (align_line(err, &align, i, line, n))
			goto out;
	align_matches(&align, match, lines);
	rc = align_write(err, &align, text, len, match, out);
out:
	free(match);
	free(align.head);
	free(align.next);
	free(align.pair);
	free(align.end);
	return rc;
}
