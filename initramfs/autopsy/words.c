/* SPDX-License-Identifier: MIT */
/* words: a set of names; see words.h. */
#include "words.h"

#include <string.h>

void words_init(struct words *words)
{
	memset(words, 0, sizeof(*words));
}

static uint32_t words_hash_of(const char *text, size_t len)
{
	uint32_t hash = WORDS_HASH;

	for (size_t i = 0; i < len; i++)
		hash = words_hash(hash, (uint8_t)text[i]);
	return hash;
}

int words_find(const struct words *words, const char *text, size_t len, uint32_t hash)
{
	/* (there is always a free slot: the words are fewer than the slots) */
	for (size_t i = hash % WORDS_SLOTS; words->slot[i]; i = (i + 1) % WORDS_SLOTS) {
		int number = words->slot[i] - 1;

		if (words->word[number].len == len &&
		    memcmp(words->word[number].text, text, len) == 0)
			return number;
	}
	return -1;
}

int words_add(struct words *words, const char *text, size_t len)
{
	uint32_t hash = words_hash_of(text, len);
	int number = words_find(words, text, len, hash);
	size_t i = hash % WORDS_SLOTS;

	if (number >= 0)
		return number;
	if (words->count == WORDS_MAX)
		return -1;
	while (words->slot[i])
		i = (i + 1) % WORDS_SLOTS;
	words->word[words->count].text = text;
	words->word[words->count].len = len;
	words->slot[i] = (uint16_t)++words->count;
	return (int)words->count - 1;
}

int words_number(const struct words *words, const char *text)
{
	size_t len = strlen(text);

	return words_find(words, text, len, words_hash_of(text, len));
}
