/* SPDX-License-Identifier: MIT */
/*
 * words: a set of the names that are searched for in tables of hundreds of thousands of names. Pure.
 *
 * A word's number is its place in the order of adding, from 0.
 */
#ifndef AUTOPSY_WORDS_H
#define AUTOPSY_WORDS_H

#include <stddef.h>
#include <stdint.h>

enum {
	WORDS_MAX = 512,
	WORDS_SLOTS = 2048,
};

#define WORDS_HASH 2166136261U /* the hash of no characters (FNV-1a) */

struct words {
	struct {
		const char *text; /* the adder's, not ended by NUL */
		size_t len;
	} word[WORDS_MAX];
	size_t count;
	uint16_t slot[WORDS_SLOTS]; /* word + 1; 0: free */
};

/* The hash with one more character. */
static inline uint32_t words_hash(uint32_t hash, uint8_t c)
{
	return (hash ^ c) * 16777619U;
}

void words_init(struct words *words);
/* The number of the word, which is added unless it is there; -1: no room. text must outlive words. */
int words_add(struct words *words, const char *text, size_t len);
/* The number of the word with that hash, or -1. */
int words_find(const struct words *words, const char *text, size_t len, uint32_t hash);
/* The same of a C string. */
int words_number(const struct words *words, const char *text);

#endif
