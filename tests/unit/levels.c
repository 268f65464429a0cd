/* SPDX-License-Identifier: MIT */
/* levels: what is written is read back; a long log keeps its newest lines; any text is refused or read. */
#include "base/levels.h"

#include <stdlib.h>

#include "tap.h"

static struct levels levels;
static char text[LEVELS_TEXT];

static const char *read_back(const char *from, size_t lines, int cut)
{
	static char out[64];
	int8_t level[64];
	int rc = levels_read(from, level, lines, cut);

	for (size_t i = 0; i < lines; i++)
		out[i] = level[i] < 0 ? '-' : (char)('0' + level[i]);
	snprintf(out + lines, sizeof(out) - lines, "%s", rc ? " refused" : "");
	return out;
}

int main(void)
{
	static const int of[] = {6, 6, 6, 4, -1, 1, 1, 9};
	static int8_t level[20000];
	int wrong = 0;

	levels_text(&levels, text);
	is(text, "", "no lines");
	levels_add(&levels, LEVELS_UNKNOWN);
	levels_text(&levels, text);
	is(text, "", "no level is known");
	memset(&levels, 0, sizeof(levels));
	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++)
		levels_add(&levels, of[i]);
	levels_text(&levels, text);
	is(text, "g3e-b2-", "runs of lines");
	is(read_back(text, 8, 0), "6664-11-", "are read back");
	is(read_back(text, 10, 0), "--6664-11-", "a text with more lines has levels at its end");
	is(read_back(text, 5, 1), "4-11-", "of one whose beginning was cut the last lines");
	is(read_back(text, 5, 0), "----- refused", "more levels than lines are no levels of it");
	is(read_back("", 2, 0), "--", "nothing");
	is(read_back("g0", 2, 0), "-- refused", "a run of none");
	is(read_back("i", 2, 0), "-- refused", "no level");
	is(read_back("g99999999999999999999", 2, 1), "-- refused", "too long a run");
	is(read_back("g2x", 2, 0), "-- refused", "something else after it");

	memset(&levels, 0, sizeof(levels));
	for (int i = 0; i < 20000; i++)
		levels_add(&levels, i % 3 ? 6 : i % 8);
	levels_text(&levels, text);
	ok(strlen(text) < LEVELS_TEXT && strlen(text) > LEVELS_RUNS, "a long log fills the text");
	levels_read(text, level, 20000, 0);
	for (int i = 20000 - LEVELS_RUNS; i < 20000; i++)
		wrong += level[i] != (i % 3 ? 6 : i % 8);
	is_num(wrong, 0, "with its newest lines");
	is_num(level[0], LEVELS_UNKNOWN, "and not the oldest");
	memset(&levels, 0, sizeof(levels));
	for (int i = 0; i < 5 * LEVELS_RUNS; i++)
		for (int n = 0; n < 10; n++)
			levels_add(&levels, i % 2 ? 6 : 5);
	levels_text(&levels, text);
	ok(levels_read(text, level, 20000, 1) == 0 && level[19999] == 6 && level[19989] == 5,
	    "nor those that the ring has lost");
	for (int i = 0; i < 100000; i++) {
		for (int n = 0; n < 20; n++)
			text[n] = "abgh-0129 \xff"[rand() % 11];
		text[rand() % 20] = '\0';
		levels_read(text, level, (size_t)(rand() % 100), rand() % 2);
	}
	ok(1, "any text is refused or read");
	return tap_done();
}
