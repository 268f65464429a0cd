/* SPDX-License-Identifier: MIT */
/* death: a fast test whether a line may open a death; see opening.h. Must depend only on the first four
 * bytes of the openings. */
#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "opening.h"

#define FOUR(a, b, c, d)                                                                           \
	((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)

/* The first bytes of all in may_begin. */
static const unsigned char first[256] = {['B'] = 1,
    ['C'] = 1,
    ['I'] = 1,
    ['K'] = 1,
    ['O'] = 1,
    ['P'] = 1,
    ['S'] = 1,
    ['U'] = 1,
    ['a'] = 1,
    ['b'] = 1,
    ['d'] = 1,
    ['e'] = 1,
    ['f'] = 1,
    ['g'] = 1,
    ['i'] = 1,
    ['k'] = 1,
    ['m'] = 1,
    ['o'] = 1,
    ['p'] = 1,
    ['s'] = 1,
    ['t'] = 1};

/* 1 if the opening of a death begins with these four bytes. */
static int may_begin(const unsigned char *at)
{
	switch (FOUR(at[0], at[1], at[2], at[3])) {
	case FOUR('B', 'U', 'G', ':'):
	case FOUR('B', 'a', 'd', ' '):
	case FOUR('C', 'P', 'U', ' '):
	case FOUR('I', 'n', 's', 'u'):
	case FOUR('I', 'n', 't', 'e'):
	case FOUR('K', 'A', 'S', 'A'):
	case FOUR('K', 'e', 'r', 'n'):
	case FOUR('O', 'o', 'p', 's'):
	case FOUR('P', 'A', 'N', 'I'):
	case FOUR('S', 'E', 'r', 'r'):
	case FOUR('S', 'y', 's', 'R'):
	case FOUR('U', 'n', 'a', 'b'):
	case FOUR('U', 'n', 'e', 'x'):
	case FOUR('U', 'n', 'h', 'a'):
	case FOUR('a', 'l', 'i', 'g'):
	case FOUR('b', 'o', 'u', 'n'):
	case FOUR('d', 'i', 'v', 'i'):
	case FOUR('d', 'o', 'u', 'b'):
	case FOUR('g', 'e', 'n', 'e'):
	case FOUR('i', 'l', 'l', 'e'):
	case FOUR('i', 'n', 't', '3'):
	case FOUR('i', 'n', 'v', 'a'):
	case FOUR('k', 'e', 'r', 'n'):
	case FOUR('m', 'o', 'n', 'i'):
	case FOUR('o', 'v', 'e', 'r'):
	case FOUR('s', 'e', 'g', 'm'):
	case FOUR('s', 'i', 'm', 'd'):
	case FOUR('s', 't', 'a', 'c'):
	case FOUR('s', 'y', 's', 'r'):
	case FOUR('a', 'd', 'd', 'r'):
	case FOUR('d', 'a', 't', 'a'):
	case FOUR('e', 'x', 'e', 'c'):
	case FOUR('f', 'i', 'x', 'e'):
	case FOUR('o', 'p', 'e', 'r'):
	case FOUR('p', 'r', 'i', 'v'):
	case FOUR('s', 'p', 'e', 'c'):
	case FOUR('t', 'r', 'a', 'p'):
		return 1;
	default:
		return 0;
	}
}

/*
 * A bit mask of the eight bytes at text: the top bit of each byte that an opening may follow, which are
 * those below '@' (blanks, digits, : ; > and control bytes), ']' and '}'. Of several in a row only the last:
 * an opening begins with a letter. The first byte has the lowest bits.
 */
static uint64_t word_ends(const char *text)
{
	const uint64_t ones = 0x0101010101010101, top = 0x8080808080808080;
	uint64_t word, bracket, ends;

	memcpy(&word, text, 8);
	word = le64toh(word);
	/* 0 where the byte is a bracket: then subtracting 1 clears the top bit. */
	bracket = (word | ones * 0x20) ^ ones * '}';
	ends = (~(word | word << 1) | (~((bracket | top) - ones) & ~word)) & top;
	return ends & ~(ends >> 8);
}

int report_opening_may_be_death(const char *text, size_t len)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t at = 0;

	if (len >= 4 && may_begin(bytes))
		return 1;
	for (; at + 12 <= len; at += 8) {
		for (uint64_t ends = word_ends(text + at); ends; ends &= ends - 1) {
			const unsigned char *word = bytes + at + __builtin_ctzll(ends) / 8 + 1;

			if (first[*word] && may_begin(word))
				return 1;
		}
	}
	for (; at + 5 <= len; at++)
		if (may_begin(bytes + at + 1))
			return 1;
	return 0;
}
