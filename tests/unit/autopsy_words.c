/* SPDX-License-Identifier: MIT */
/* autopsy_words: the set of names that are searched for in the dead kernel's tables. */
#include "autopsy/words.h"

#include <stdlib.h>

#include "tap.h"

static struct words words;

static int find(const char *text)
{
	uint32_t hash = WORDS_HASH;

	for (size_t i = 0; text[i]; i++)
		hash = words_hash(hash, (uint8_t)text[i]);
	return words_find(&words, text, strlen(text), hash);
}

int main(void)
{
	static char many[WORDS_MAX + 1][8];
	int last = 0, found = 1;

	words_init(&words);
	is_num(find("pid"), -1, "an empty set has no word");
	is_num(words_add(&words, "pid", 3), 0, "the first word has number 0");
	is_num(words_add(&words, "comm.x", 4), 1, "a word ends where its length says");
	is_num(words_add(&words, "pid", 3), 0, "a word that is there keeps its number");
	is_num(find("comm"), 1, "a word is found by its hash");
	is_num(words_number(&words, "pid"), 0, "a word is found by itself");
	is_num(find("comm."), -1, "a longer word is another one");
	is_num(find("com"), -1, "a shorter word is another one");
	is_num(words_find(
		   &words, "pi", 2, words_hash(words_hash(words_hash(WORDS_HASH, 'p'), 'i'), 'd')),
	    -1, "nor is one that only begins like it");
	is_num(words_find(&words, "qid", 3, words_hash(WORDS_HASH, 'p')), -1,
	    "another word with any hash is not found");

	words_init(&words);
	for (int i = 0; i <= WORDS_MAX; i++) {
		snprintf(many[i], sizeof(many[i]), "w%d", i);
		last = words_add(&words, many[i], strlen(many[i]));
		if (i < WORDS_MAX && last != i)
			found = 0;
	}
	ok(found, "%d words have their numbers in the order of adding", WORDS_MAX);
	is_num(last, -1, "one more is refused");
	for (int i = 0; i < WORDS_MAX; i++)
		found &= find(many[i]) == i;
	ok(found, "all of them are found");
	is_num(find(many[WORDS_MAX]), -1, "the refused one is not there");
	return tap_done();
}
