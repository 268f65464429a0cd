/* SPDX-License-Identifier: MIT */
/* levels: the log levels of a text's lines; see levels.h. */
#include "levels.h"

#include <stdio.h>
#include <string.h>

enum { LEVELS_LINES_MAX = 1 << 28, LEVELS_RUN_MAX = 1 << 20 /* lines, of a tail */ };

void levels_add(struct levels *levels, int level)
{
	size_t last = (levels->runs - 1) % LEVELS_RUNS;

	if (level < 0 || level > 7)
		level = LEVELS_UNKNOWN;
	if (levels->runs == 0 || levels->run[last].level != level ||
	    levels->run[last].lines == UINT32_MAX) {
		last = levels->runs++ % LEVELS_RUNS;
		levels->run[last].level = (int8_t)level;
		levels->run[last].lines = 0;
	}
	levels->run[last].lines++;
}

static size_t levels_run(int8_t level, uint32_t lines, char text[16])
{
	char letter = (char)(level < 0 ? '-' : 'a' + level);

	return (size_t)(lines == 1 ? snprintf(text, 16, "%c", letter)
				   : snprintf(text, 16, "%c%u", letter, (unsigned)lines));
}

void levels_text(const struct levels *levels, char text[LEVELS_TEXT])
{
	size_t first = levels->runs, room = LEVELS_TEXT - 1, known = 0;
	char run[16];

	while (first > 0 && levels->runs - first < LEVELS_RUNS) {
		size_t at = (first - 1) % LEVELS_RUNS;
		size_t n = levels_run(levels->run[at].level, levels->run[at].lines, run);

		if (n > room)
			break;
		room -= n;
		first--;
		known |= run[0] != '-';
	}
	for (text[0] = '\0'; known && first < levels->runs; first++) {
		size_t at = first % LEVELS_RUNS;
		size_t n = levels_run(levels->run[at].level, levels->run[at].lines, run);

		memcpy(text, run, n + 1);
		text += n;
	}
}

/* The last run has ended. Where there is no room the oldest quarter is left out. */
static void levels_tail_end(struct levels_tail *tail)
{
	size_t drop = LEVELS_TAIL / 4, n;
	char run[16];

	n = levels_run(tail->level, tail->lines, run);
	if (tail->len + n > LEVELS_TAIL) {
		while (drop < tail->len && tail->text[drop] >= '0' && tail->text[drop] <= '9')
			drop++;
		tail->len -= (uint32_t)drop;
		memmove(tail->text, tail->text + drop, tail->len);
	}
	memcpy(tail->text + tail->len, run, n);
	tail->len += (uint32_t)n;
	tail->lines = 0;
}

void levels_tail_add(struct levels_tail *tail, int level)
{
	if (level < 0 || level > 7)
		level = LEVELS_UNKNOWN;
	if (tail->lines && tail->level != level)
		levels_tail_end(tail);
	tail->level = (int8_t)level;
	/* (the lines of a longer run are all that is known, so that no number grows without end) */
	if (tail->lines == LEVELS_RUN_MAX)
		tail->len = 0;
	else
		tail->lines++;
}

void levels_tail_text(const struct levels_tail *tail, char text[LEVELS_TAIL_TEXT])
{
	memcpy(text, tail->text, tail->len);
	text[tail->len] = '\0';
	if (tail->lines)
		levels_run(tail->level, tail->lines, text + tail->len);
}

void levels_tail_set(struct levels_tail *tail, const char *text)
{
	size_t len = strlen(text);

	memset(tail, 0, sizeof(*tail));
	for (; len > LEVELS_TAIL || (*text >= '0' && *text <= '9'); len--)
		text++;
	memcpy(tail->text, text, len);
	tail->len = (uint32_t)len;
}

/* Takes the next run: 1, 0 at the end, -1 invalid. */
static int levels_next(const char **text, int8_t *level, size_t *lines)
{
	char letter = **text;
	int digits = 0;

	if (!letter)
		return 0;
	if (letter != '-' && (letter < 'a' || letter > 'h'))
		return -1;
	*level = (int8_t)(letter == '-' ? LEVELS_UNKNOWN : letter - 'a');
	for (*lines = 0, (*text)++; **text >= '0' && **text <= '9'; (*text)++, digits++) {
		*lines = *lines * 10 + (size_t)(**text - '0');
		if (*lines > LEVELS_LINES_MAX)
			return -1;
	}
	if (digits == 0)
		*lines = 1;
	return *lines ? 1 : -1;
}

int levels_read(const char *text, int8_t *level, size_t lines, int cut)
{
	const char *at = text;
	size_t total = 0, n, skip;
	int8_t value;
	int rc;

	memset(level, LEVELS_UNKNOWN, lines);
	while ((rc = levels_next(&at, &value, &n)) > 0)
		total += n;
	if (rc < 0 || total > LEVELS_LINES_MAX || (total > lines && !cut))
		return -1;
	skip = total > lines ? total - lines : 0;
	level += total < lines ? lines - total : 0;
	for (at = text; levels_next(&at, &value, &n) > 0;) {
		size_t out = n < skip ? n : skip;

		skip -= out;
		memset(level, value, n - out);
		level += n - out;
	}
	return 0;
}
