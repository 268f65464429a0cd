/* SPDX-License-Identifier: MIT */
/*
 * reasons: why tries failed, each reason once and how often, for the record. Pure: texts in, one
 * line out. What does not fit is counted, never grown.
 */
#ifndef DMESG_REASONS_H
#define DMESG_REASONS_H

#include <stddef.h>

enum { REASONS_MAX = 6, REASONS_TEXT = 120, REASONS_LINE = 420 };

struct reasons {
	struct {
		char text[REASONS_TEXT];
		unsigned times;
	} reason[REASONS_MAX]; /* in the order in which they first came */
	size_t count;
	unsigned others; /* tries with reasons that found no place */
};

/*
 * Notes one failed try. where: the server, or NULL where there is only one. why: one line of
 * anybody's; libcurl's " after 12 ms" and " after 12 milliseconds" are left out, so that equal
 * reasons are equal.
 */
void reasons_note(struct reasons *reasons, const char *where, const char *why);
/* "HTTP 500, Operation timed out (3 times)"; "" if there are none. The length. */
size_t reasons_text(const struct reasons *reasons, char *line, size_t size);

#endif
