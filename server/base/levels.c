/* SPDX-License-Identifier: MIT */
/* levels: the log levels of a text's lines; see levels.h. */
#include "levels.h"

#include <stdio.h>
#include <string.h>

enum { LEVELS_LINES_MAX = 1 << 28 };

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

static size_t levels_run(const struct levels *levels, size_t i, char text[16])
{
	int8_t level = levels->run[i % LEVELS_RUNS].level;
	uint32_t lines = levels->run[i % LEVELS_RUNS].lines;
	char letter = (char)(level < 0 ? '-' : 'a' + level);

	return (size_t)(lines == 1 ? snprintf(text, 16, "%c", letter)
				   : snprintf(text, 16, "%c%u", letter, (unsigned)lines));
}

void levels_text(const struct levels *levels, char text[LEVELS_TEXT])
{
	size_t first = levels->runs, room = LEVELS_TEXT - 1, known = 0;
	char run[16];

	while (first > 0 && levels->runs - first < LEVELS_RUNS) {
		size_t n = levels_run(levels, first - 1, run);

		if (n > room)
			break;
		room -= n;
		first--;
		known |= run[0] != '-';
	}
	for (text[0] = '\0'; known && first < levels->runs; first++) {
		size_t n = levels_run(levels, first, run);

		memcpy(text, run, n + 1);
		text += n;
	}
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
