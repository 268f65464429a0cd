/* SPDX-License-Identifier: MIT */
/*
 * levels: the kernel's level of each line of a record; see record.h. The text has none: they come with each dump, and
 * next to netconsole's log, for its last lines. A line points into the text that it is from, which gives its number
 * there. It must not write.
 */
#include "record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One dump's lines. */
struct dump_levels {
	const char *text, *end;
	size_t count; /* of lines */
	size_t *start; /* where each begins, from text */
	int8_t *level;
};

static void dump_free(struct dump_levels *dump)
{
	free(dump->start);
	free(dump->level);
	memset(dump, 0, sizeof(*dump));
}

/* Without levels, or with such that cannot be of it, count is 0. 0/-1 out of memory. */
static int dump_read(struct dump_levels *dump, const struct record_text *text)
{
	const char *end = text->text + text->len;
	size_t n = 0, after = text->levels_after > 0 ? (size_t)text->levels_after : 0;
	size_t unknown = text->levels_after < 0 ? (size_t)-text->levels_after : 0;

	memset(dump, 0, sizeof(*dump));
	if (!text->levels[0] || text->len == 0)
		return 0;
	dump->text = text->text;
	dump->end = end;
	for (const char *p = text->text; p && p < end; n++) {
		p = memchr(p, '\n', (size_t)(end - p));
		p = p ? p + 1 : NULL;
	}
	dump->start = malloc(n * sizeof(*dump->start));
	dump->level = malloc(n + after);
	if (!dump->start || !dump->level) {
		dump_free(dump);
		return -1;
	}
	for (const char *p = text->text; p && p < end;) {
		dump->start[dump->count++] = (size_t)(p - text->text);
		p = memchr(p, '\n', (size_t)(end - p));
		p = p ? p + 1 : NULL;
	}
	unknown = unknown < n ? unknown : n;
	if (levels_read(text->levels, dump->level, n + after - unknown, text->cut))
		dump_free(dump);
	else
		memset(dump->level + n + after - unknown, LEVELS_UNKNOWN, unknown);
	return 0;
}

static int8_t dump_level(const struct dump_levels *dump, const char *line)
{
	size_t low = 0, high = dump->count, at = (size_t)(line - dump->text);

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (dump->start[middle] <= at)
			low = middle;
		else
			high = middle;
	}
	return dump->level[low];
}

/* Of "<N>" at a line's beginning: N modulo 8; that of many programs' lines has a facility too. */
static int8_t prefix_level(const char *line, size_t len)
{
	unsigned int value = 0;
	size_t i = 1;

	if (len < 3 || line[0] != '<')
		return LEVELS_UNKNOWN;
	for (; i < len && i < 5 && line[i] >= '0' && line[i] <= '9'; i++)
		value = value * 10 + (unsigned int)(line[i] - '0');
	return i > 1 && i < len && line[i] == '>' ? (int8_t)(value & 7) : LEVELS_UNKNOWN;
}

static int8_t line_level(
    const struct dump_levels *dumps, size_t count, const struct timeline_line *line)
{
	for (size_t i = 0; i < count; i++)
		if (dumps[i].count && line->text >= dumps[i].text && line->text < dumps[i].end)
			return dump_level(&dumps[i], line->text);
	return prefix_level(line->text, line->len);
}

static void levels_write(
    FILE *out, const struct timeline *timeline, const struct dump_levels *dumps, size_t count)
{
	int8_t level = LEVELS_UNKNOWN, next;

	for (size_t i = 0, from = 0; i <= timeline->count; i++) {
		next = i < timeline->count ? line_level(dumps, count, &timeline->line[i])
					   : LEVELS_UNKNOWN;
		if (next == level)
			continue;
		if (level != LEVELS_UNKNOWN)
			fprintf(out, "%zu %zu %d\n", from + 1, i, level);
		level = next;
		from = i;
	}
}

char *record_render_levels(const struct record *record, size_t *len)
{
	struct dump_levels dumps[RECORD_TEXTS_MAX];
	char *text = NULL;
	size_t count = 0;
	FILE *out;
	int failed = 0;

	for (; count < record->texts && !failed; count++)
		failed = dump_read(&dumps[count], &record->text[count]);
	out = failed ? NULL : open_memstream(&text, len);
	if (out) {
		levels_write(out, &record->timeline, dumps, count);
		failed = fclose(out);
	}
	while (count-- > 0)
		dump_free(&dumps[count]);
	if (out && !failed)
		return text;
	free(text);
	return NULL;
}
