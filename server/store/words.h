/* SPDX-License-Identifier: MIT */
/*
 * words: the words of titles and reports, and those that a person looks for, the same for the index (FTS5) and for the
 * central database (tsvector, tsquery; PostgreSQL 15, "Text Search Types"). Pure.
 *
 * A WORD is a run of ASCII letters, digits, '_', '.' and all bytes above 0x7f, of which at least one is no '.'; in lower
 * case (ASCII) and without the stops at its end: "foo_bar.isra.0" is one word, "f+0x12/0x34" are three. The tokenizer
 * of the index (db_schema.c) has the same.
 */
#ifndef LASTWORDS_STORE_WORDS_H
#define LASTWORDS_STORE_WORDS_H

#include <stddef.h>

#include "base/err.h"

/* 1 for the bytes of a word. */
int words_has(char c);

/* What a person looks for (db_crash_filter.search): calls got for each word, len bytes, begins 1 for one that ended in
 * "*", which is left out as are stops at its end. It may be several words of a text. got returns 0 to go on, or -1: no
 * room. 0, or -1 with err set: too many, too long, or a beginning that too many words have. */
int words_search(struct err *err, const char *search,
    int (*got)(void *arg, const char *word, size_t len, int begins), void *arg);

/* The same as a tsquery; "" where it has no words. 0/-1 as words_search. */
int words_query(struct err *err, const char *search, char *to, size_t size);

/* The words of title and text (either may be NULL) as a tsvector, with their places, those of text after a gap. text
 * counts as far as DB_REPORT_MAX. malloc'ed; the caller frees. NULL: out of memory. */
char *words_vector(const char *title, const char *text);

#endif
