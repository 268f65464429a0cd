/* SPDX-License-Identifier: MIT */
/*
 * reasons: why tries failed, in one line: each reason once, with its count. Pure. Bounded: reasons that
 * do not fit are only counted.
 */
#ifndef SHIP_REASONS_H
#define SHIP_REASONS_H

#include <stddef.h>

enum { REASONS_MAX = 6, REASONS_TEXT = 120, REASONS_LINE = 420 };

struct reasons {
	struct {
		char text[REASONS_TEXT];
		unsigned times;
	} reason[REASONS_MAX]; /* in the order in which they came first */
	size_t count;
	unsigned others; /* tries with reasons that did not fit */
};

/*
 * Adds a failed try. where: the server, or NULL if there is only one. why: one line, of which libcurl's
 * " after 12 ms" or " after 12 milliseconds" is left out, so that equal reasons are equal.
 */
void reasons_note(struct reasons *reasons, const char *where, const char *why);
/* "HTTP 500, Operation timed out (3 times)", or "" if there are none. Returns the length. */
size_t reasons_text(const struct reasons *reasons, char *line, size_t size);

#endif
