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

/* What many texts have: fewer runs, and they go on after a restart. */
static void test_tail(void)
{
	static const int of[] = {6, 6, 6, 4, -1, 1, 1, 9};
	static int8_t level[20000];
	static struct levels_tail tail, again;
	char text_of[LEVELS_TAIL_TEXT];
	int wrong = 0;

	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++)
		levels_tail_add(&tail, of[i]);
	levels_tail_text(&tail, text_of);
	is(text_of, "g3e-b2-", "a tail has the same runs");
	levels_tail_set(&again, text_of);
	levels_tail_add(&again, 5);
	levels_tail_text(&again, text_of);
	is(text_of, "g3e-b2-f", "it goes on after them");
	for (int i = 0; i < 20000; i++)
		levels_tail_add(&again, i % 3 ? 6 : i % 8);
	levels_tail_text(&again, text_of);
	ok(strlen(text_of) < LEVELS_TAIL_TEXT && strlen(text_of) > LEVELS_TAIL / 2,
	    "a long tail stays small");
	ok(levels_read(text_of, level, 20000, 0) == 0, "and is read");
	for (int i = 20000 - LEVELS_TAIL / 4; i < 20000; i++)
		wrong += level[i] != (i % 3 ? 6 : i % 8);
	is_num(wrong, 0, "with its newest lines");
	is_num(level[0], LEVELS_UNKNOWN, "and not the oldest");
	levels_tail_add(&tail, 3);
	for (int i = 0; i < (1 << 20) + 5; i++)
		levels_tail_add(&tail, 6);
	levels_tail_text(&tail, text_of);
	is(text_of, "g1048576", "of a very long run a million lines are known, and none before");
	memset(text, 'a', LEVELS_TEXT - 1);
	memcpy(text + LEVELS_TEXT - 1 - LEVELS_TAIL - 1, "c77", 3);
	text[LEVELS_TEXT - 1] = '\0';
	levels_tail_set(&tail, text);
	levels_tail_text(&tail, text_of);
	ok(strlen(text_of) == LEVELS_TAIL - 2 && text_of[0] == 'a',
	    "of a longer text the last runs are taken");
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
	test_tail();
	return tap_done();
}
