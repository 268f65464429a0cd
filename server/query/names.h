/* SPDX-License-Identifier: MIT */
/*
 * names: texts as small numbers, equal texts as equal ones, so that crashes can be counted in arrays. Pure. Numbers
 * begin at 0; 0 is always "".
 */
#ifndef LASTWORDS_QUERY_NAMES_H
#define LASTWORDS_QUERY_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct names {
	char *text; /* of all, each with its NUL */
	size_t text_len, text_room;
	size_t *at; /* of each number, into text */
	size_t count, room;
	uint32_t *slot; /* the hash table: numbers + 1, 0 free */
	size_t slots; /* a power of two */
	uint64_t seed; /* of the hash: texts come from strangers */
};

/* 0/-1. */
int names_init(struct err *err, struct names *names);
void names_free(struct names *names);
/* The number of len bytes of text, new if it is not there. -1 out of memory. */
int names_add(struct err *err, struct names *names, const char *text, size_t len);
/* The number of text, or -1: it is not there. */
int names_find(const struct names *names, const char *text);
int names_find_len(const struct names *names, const char *text, size_t len);
/* The text; it lives until the next names_add. */
const char *names_text(const struct names *names, int number);

#endif
