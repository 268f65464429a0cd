/* SPDX-License-Identifier: MIT */
/*
 * levels: the kernel's log levels (0 emergency to 7 debug) of a text's lines, next to the text, which does not have
 * them. As text: for each run of lines of one level a letter, 'a' (0) to 'h' (7) or '-' (unknown), and how many lines
 * if it is more than one: "g120f3gd2". Bounded: of a long log the oldest lines are left out. Pure.
 */
#ifndef LASTWORDS_BASE_LEVELS_H
#define LASTWORDS_BASE_LEVELS_H

#include <stddef.h>
#include <stdint.h>

enum { LEVELS_RUNS = 768, LEVELS_TEXT = 1536 /* bytes, with the NUL */, LEVELS_UNKNOWN = -1 };

/* All zero: no lines yet. */
struct levels {
	struct {
		int8_t level;
		uint32_t lines;
	} run[LEVELS_RUNS]; /* a ring of the newest */
	size_t runs; /* ever begun */
};

/* The next line's level; LEVELS_UNKNOWN. */
void levels_add(struct levels *levels, int level);
/* The newest lines' levels as text, as many as fit; "" if none is known. */
void levels_text(const struct levels *levels, char text[LEVELS_TEXT]);

/* The same in little memory, for who follows many texts: fewer runs. All zero: no lines yet. */
enum { LEVELS_TAIL = 512, LEVELS_TAIL_TEXT = LEVELS_TAIL + 16 /* bytes, with the NUL */ };

struct levels_tail {
	char text[LEVELS_TAIL]; /* the runs that have ended, without a NUL */
	uint32_t len;
	uint32_t lines; /* of the last run */
	int8_t level;
};

void levels_tail_add(struct levels_tail *tail, int level);
void levels_tail_text(const struct levels_tail *tail, char text[LEVELS_TAIL_TEXT]);
/* Begins with the lines that text describes, the last of them if it is too long. */
void levels_tail_set(struct levels_tail *tail, const char *text);

/*
 * Fills level[] for a text of this number of lines, from its end; of lines before those that text describes it is
 * LEVELS_UNKNOWN. 0, or -1: text is invalid, or describes more lines and cut is 0; then all are unknown.
 */
int levels_read(const char *text, int8_t *level, size_t lines, int cut);

#endif
