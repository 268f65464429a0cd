/* SPDX-License-Identifier: MIT */
/* words: the words of a report, and a person's search as a tsquery; what words.h promises. */
#include "tap.h"

#include <stdlib.h>

#include "store/db.h"
#include "store/words.h"

static struct err err;

static void vectors(void)
{
	static const struct {
		const char *name, *title, *text, *vector;
	} known[] = {
	    {"a function with stops in its name", "BUG in foo_bar.isra.0", NULL,
		"'bug':1 'in':2 'foo_bar.isra.0':3 "},
	    {"a place in a function, and a stop at the end", NULL, "RIP: f+0x12/0x34.",
		"'rip':2 'f':3 '0x12':4 '0x34':5 "},
	    {"a gap between title and text", "a", "b", "'a':1 'b':3 "},
	    {"quotes and backslashes", "it's \\ '; DROP", NULL, "'it':1 's':2 'drop':3 "},
	    {"stops alone, other alphabets", "... . _ \xc3\x9c", NULL, "'_':1 '\xc3\x9c':2 "},
	    {"nothing", NULL, NULL, ""},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		char *vector = words_vector(known[i].title, known[i].text);

		is(vector, known[i].vector, known[i].name);
		free(vector);
	}
}

static void queries(void)
{
	static const struct {
		const char *name, *search, *query;
	} known[] = {
	    {"two words", "kernel BUG", "('kernel') & ('bug')"},
	    {"a word of three parts", "f+0x12/0x34", "('f' <-> '0x12' <-> '0x34')"},
	    {"a beginning, and a stop", "nvme_q* foo.", "('nvme_q':*) & ('foo')"},
	    {"the last part's beginning", "f+0x1*", "('f' <-> '0x1':*)"},
	    {"operators", " | & !x :* <-> \t", "('x')"},
	    {"a quote", "it's", "('it' <-> 's')"},
	    {"no words", "", ""},
	    {"marks alone", "* - ()", ""},
	};
	char query[256];

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		ok(words_query(&err, known[i].search, query, sizeof(query)) == 0 &&
			strcmp(query, known[i].query) == 0,
		    "the query of %s", known[i].name);
	}
}

static void limits(void)
{
	char query[4096], many[2 * DB_WORDS_MAX + 3] = "", *vector,
						  *text = malloc(DB_REPORT_MAX * 2);

	for (int i = 0; i <= DB_WORDS_MAX; i++)
		memcpy(many + 2 * i, "w ", sizeof("w "));
	is_num(words_query(&err, many, query, sizeof(query)), -1, "too many words");
	is_num(words_query(&err, "a*", query, sizeof(query)), -1, "too short a beginning");
	is_num(words_query(&err, "aa* bb* cc* dd* ee*", query, sizeof(query)), -1,
	    "too many beginnings");
	is_num(words_query(&err, "word", query, 6), -1, "no room");
	memset(text, 'x', 300);
	text[300] = '\0';
	vector = words_vector(text, NULL);
	is_num((long long)strlen(vector), 255 + 5, "a long word is cut");
	free(vector);
	for (int i = 0; i < DB_REPORT_MAX - 1; i += 2)
		memcpy(text + i, "a ", 3);
	memcpy(text + DB_REPORT_MAX, "zz", 3);
	vector = words_vector(NULL, text);
	ok(strstr(vector, "'a':8193 ") && !strstr(vector, "zz"),
	    "of the text the first %d bytes count", DB_REPORT_MAX);
	free(vector);
	free(text);
}

int main(void)
{
	vectors();
	queries();
	limits();
	return tap_done();
}
