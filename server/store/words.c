/* SPDX-License-Identifier: MIT */
/* words: see words.h. It must not know where they are kept. */
#include "words.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db.h"

enum { WORDS_LEN = 255, WORDS_PLACES = 16000 }; /* bytes of a word, places of a tsvector */

int words_has(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '.' || (unsigned char)c >= 0x80;
}

/* The next word of the len bytes at *at, which goes on behind it; word has its length. 1, 0 no more. */
static int words_next(const char **at, size_t *len, char word[WORDS_LEN + 1], size_t *word_len)
{
	while (*len) {
		size_t n = 0, kept;

		while (*len && !words_has(**at))
			(*at)++, (*len)--;
		while (n < *len && words_has((*at)[n]))
			n++;
		for (kept = n; kept && (*at)[kept - 1] == '.';)
			kept--;
		if (kept > WORDS_LEN)
			/* not in the middle of a character */
			for (kept = WORDS_LEN; kept && ((*at)[kept] & 0xc0) == 0x80;)
				kept--;
		for (size_t i = 0; i < kept; i++)
			word[i] =
			    (char)((unsigned char)(*at)[i] < 0x80 ? tolower((unsigned char)(*at)[i])
								  : (*at)[i]);
		word[kept] = '\0';
		*word_len = kept;
		*at += n;
		*len -= n;
		if (kept)
			return 1;
	}
	return 0;
}

/* --- what a person looks for ------------------------------------------------------------------------- */

/* Where the word's first letter is; len: it has none. */
static size_t words_letter(const char *word, size_t len)
{
	size_t at = 0;

	while (at < len && !isalnum((unsigned char)word[at]) && (unsigned char)word[at] < 0x80)
		at++;
	return at;
}

int words_search(struct err *err, const char *search,
    int (*got)(void *arg, const char *word, size_t len, int begins), void *arg)
{
	int words = 0, beginnings = 0;
	size_t len;

	for (; *(search += strspn(search, " \t\r\n")); search += len) {
		size_t kept, letter;
		int begins;

		len = strcspn(search, " \t\r\n");
		letter = words_letter(search, len);
		if (letter == len)
			continue;
		begins = len > 1 && search[len - 1] == '*';
		if (begins &&
		    (len - letter <= DB_BEGINNING_MIN || ++beginnings > DB_BEGINNINGS_MAX))
			return err_set(err,
			    "search: at most %d words with *, each with %d letters or more before it",
			    DB_BEGINNINGS_MAX, DB_BEGINNING_MIN);
		for (kept = len - (size_t)begins; kept && search[kept - 1] == '.';)
			kept--;
		if (++words > DB_WORDS_MAX || got(arg, search, kept, begins))
			return err_set(err, "search: at most %d words, together %d letters",
			    DB_WORDS_MAX, DB_LETTERS_MAX);
	}
	return 0;
}

/* --- tsquery, tsvector ------------------------------------------------------------------------------- */

struct words_text {
	char *to;
	size_t size, len;
};

static int words_put(struct words_text *text, const char *bytes, size_t len)
{
	if (text->len + len >= text->size)
		return -1;
	memcpy(text->to + text->len, bytes, len);
	text->len += len;
	text->to[text->len] = '\0';
	return 0;
}

static int words_put_text(struct words_text *text, const char *bytes)
{
	return words_put(text, bytes, strlen(bytes));
}

/* ('f' <-> '0x12':*): what a word is made of has to follow each other. (No byte of a word needs an escape.) */
static int words_add(void *arg, const char *search, size_t len, int begins)
{
	struct words_text *text = arg;
	char word[WORDS_LEN + 1];
	size_t word_len;
	int parts = 0;

	while (words_next(&search, &len, word, &word_len)) {
		const char *before = parts++ ? " <-> '" : text->len ? " & ('" : "('";

		if (words_put_text(text, before) || words_put(text, word, word_len) ||
		    words_put_text(text, "'"))
			return -1;
	}
	if (parts && begins && words_put_text(text, ":*"))
		return -1;
	return parts ? words_put_text(text, ")") : 0;
}

int words_query(struct err *err, const char *search, char *to, size_t size)
{
	struct words_text text = {.to = to, .size = size};

	to[0] = '\0';
	return words_search(err, search, words_add, &text);
}

/* Writes the words; *place: of the last one. */
static void words_write(FILE *out, const char *text, size_t len, unsigned int *place)
{
	char word[WORDS_LEN + 1];
	size_t word_len;

	while (words_next(&text, &len, word, &word_len) && *place < WORDS_PLACES)
		fprintf(out, "'%s':%u ", word, ++*place);
}

char *words_vector(const char *title, const char *text)
{
	unsigned int place = 0;
	char *vector = NULL;
	size_t len;
	FILE *out = open_memstream(&vector, &len);

	if (!out)
		return NULL;
	if (title)
		words_write(out, title, strlen(title), &place);
	place++;
	if (text)
		words_write(out, text, strnlen(text, DB_REPORT_MAX), &place);
	if (fclose(out) == 0)
		return vector;
	free(vector);
	return NULL;
}
