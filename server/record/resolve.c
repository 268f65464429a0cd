/* SPDX-License-Identifier: MIT */
/*
 * resolve: finds which marks are holes, and where the channels differ, once every channel is merged;
 * the rule is in timeline.h. Pure.
 */
#include "timeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lines and marks so far, by channel. */
struct passed {
	size_t lines[TIMELINE_CHANNELS], marks[TIMELINE_CHANNELS];
	size_t all;
};

/* Marks of one channel at one place: between two lines of the channel that follow each other. */
struct place {
	unsigned int before_channels; /* the channels that have the line before */
	int begun; /* the channel has a line before */
	struct passed before;
	size_t first, marks; /* line number of the first mark, how many marks */
	uint64_t lost;
	int unreported; /* a mark has no number of lost records */
};

static int resolve_index(unsigned int channel)
{
	int i = 0;

	while (i < TIMELINE_CHANNELS - 1 && !(channel & 1u << i))
		i++;
	return i;
}

/* 1 if another channel covers the place, or has as many lines there as were lost. */
static int resolve_closed(const struct place *place, int channel, const struct passed *now,
    unsigned int after_channels, int ends)
{
	/* (now->all has the channel's own next line, unless the text ends here) */
	size_t between = now->all - place->before.all - (ends ? 0 : 1);

	for (int i = 0; i < TIMELINE_CHANNELS; i++) {
		unsigned int bit = 1u << i;
		int before = place->begun ? (place->before_channels & bit) != 0 : now->lines[i] > 0;
		int after =
		    ends ? now->lines[i] > place->before.lines[i] : (after_channels & bit) != 0;

		if (i == channel || now->marks[i] != place->before.marks[i])
			continue;
		if (before && after && (place->begun || !ends))
			return 1;
	}
	return !place->unreported && place->lost > 0 && between >= place->lost;
}

static void resolve_close(struct timeline *timeline, struct place *place, int channel)
{
	for (size_t i = place->first; place->marks > 0 && i < timeline->count; i++) {
		struct timeline_line *line = &timeline->line[i];

		if (!(line->flags & TIMELINE_HOLE) || resolve_index(line->channels) != channel)
			continue;
		line->flags &= ~(unsigned int)TIMELINE_HOLE;
		line->channels = 0; /* left out by timeline_resolve */
		place->marks--;
	}
}

static void resolve_mark(struct place *place, size_t number, const struct timeline_line *line)
{
	struct timeline_part part;

	timeline_part(line->text, line->len, &part);
	if (place->marks++ == 0)
		place->first = number;
	place->lost += part.lost;
	place->unreported |= part.lost == 0;
}

static void resolve_marks(struct timeline *timeline)
{
	struct passed now = {.all = 0};
	struct place place[TIMELINE_CHANNELS];

	memset(place, 0, sizeof(place));
	for (size_t n = 0; n < timeline->count; n++) {
		struct timeline_line *line = &timeline->line[n];
		int channel = resolve_index(line->channels);

		if (line->flags & TIMELINE_HOLE) {
			resolve_mark(&place[channel], n, line);
			now.marks[channel]++;
			continue;
		}
		if (line->flags & TIMELINE_MARK)
			continue;
		now.all++;
		for (int i = 0; i < TIMELINE_CHANNELS; i++)
			now.lines[i] += (line->channels & 1u << i) != 0;
		for (int i = 0; i < TIMELINE_CHANNELS; i++) {
			if (!(line->channels & 1u << i))
				continue;
			if (place[i].marks && resolve_closed(&place[i], i, &now, line->channels, 0))
				resolve_close(timeline, &place[i], i);
			place[i] = (struct place){
			    .begun = 1, .before_channels = line->channels, .before = now};
		}
	}
	for (int i = 0; i < TIMELINE_CHANNELS; i++)
		if (place[i].marks && resolve_closed(&place[i], i, &now, 0, 1))
			resolve_close(timeline, &place[i], i);
}

/* netconsole and the capture kernel's continuation of it count as one channel here. */
static unsigned int resolve_streams(unsigned int channels)
{
	if (!(channels & TIMELINE_UDP))
		return channels;
	return (channels & ~(unsigned int)TIMELINE_UDP) | TIMELINE_NETCONSOLE;
}

/* Marks where the channels differ among the lines from..to, which have one time. */
static void resolve_group(struct timeline *timeline, size_t from, size_t to)
{
	size_t have[1u << TIMELINE_CHANNELS] = {0};

	for (size_t i = from; i < to; i++)
		have[resolve_streams(timeline->line[i].channels)]++;
	for (size_t i = from; i < to; i++) {
		unsigned int channels = resolve_streams(timeline->line[i].channels);

		for (unsigned int other = 1; other < 1u << TIMELINE_CHANNELS; other++)
			if (have[other] && !(other & channels))
				timeline->line[i].flags |= TIMELINE_DIFFERS;
	}
}

/* 1 if two channels have the same mark there. */
static int resolve_same_mark(const struct timeline_line *a, const struct timeline_line *b)
{
	return a->flags & TIMELINE_HOLE && b->flags & TIMELINE_HOLE &&
	       !(a->channels & b->channels) && a->len == b->len &&
	       memcmp(a->text, b->text, a->len) == 0;
}

void timeline_resolve(struct timeline *timeline)
{
	size_t to = 0;

	resolve_marks(timeline);
	for (size_t i = 0; i < timeline->count; i++) {
		const struct timeline_line *line = &timeline->line[i];

		if (to > 0 && resolve_same_mark(&timeline->line[to - 1], line))
			timeline->line[to - 1].channels |= line->channels;
		else if (line->channels)
			timeline->line[to++] = *line;
	}
	timeline->count = to;
	for (size_t i = 0; i < timeline->count;) {
		size_t from = i++;

		while (i < timeline->count && timeline->line[i].usec == timeline->line[from].usec)
			i++;
		if (timeline->line[from].usec != TIMELINE_NO_TIME)
			resolve_group(timeline, from, i);
	}
	timeline->holes = timeline->differing = 0;
	for (size_t i = 0; i < timeline->count; i++) {
		struct timeline_line *line = &timeline->line[i];
		struct timeline_part part;

		timeline_part(line->text, line->len, &part);
		if (!(part.flags & TIMELINE_MARK) && timeline_has_mark(&part))
			line->flags |= TIMELINE_HOLE;
		timeline->holes += (line->flags & TIMELINE_HOLE) != 0;
		timeline->differing += (line->flags & TIMELINE_DIFFERS) != 0;
	}
}

const char *timeline_channel_names(unsigned int channels, char text[48])
{
	static const char *const names[TIMELINE_CHANNELS] = {
	    "http", "netconsole", "udp", "pstore", "http-again", "console"};

	text[0] = '\0';
	for (int i = 0; i < TIMELINE_CHANNELS; i++)
		if (channels & 1u << i)
			snprintf(text + strlen(text), 48 - strlen(text), "%s%s", text[0] ? "," : "",
			    names[i]);
	return text;
}
