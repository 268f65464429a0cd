/* SPDX-License-Identifier: MIT */
/* reasons: why tries failed, each reason once; see reasons.h. Pure. */
#include "reasons.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char after[] = " after ";

/* The text after " after 12 ms", if at begins with that; else NULL. */
static const char *reasons_behind_time(const char *at)
{
	const char *p;

	if (strncmp(at, after, sizeof(after) - 1) != 0)
		return NULL;
	p = at + sizeof(after) - 1;
	if (!isdigit((unsigned char)*p))
		return NULL;
	while (isdigit((unsigned char)*p))
		p++;
	if (strncmp(p, " milliseconds", 13) == 0)
		return p + 13;
	return strncmp(p, " ms", 3) == 0 ? p + 3 : NULL;
}

static void reasons_plain(char *out, size_t size, const char *where, const char *why)
{
	size_t n = 0;

	if (where) {
		int len = snprintf(out, size, "%s: ", where);

		n = len > 0 && (size_t)len < size ? (size_t)len : size - 1;
	}
	for (const char *p = why; *p && n + 1 < size;) {
		const char *behind = reasons_behind_time(p);

		if (behind)
			p = behind;
		else
			out[n++] = *p++;
	}
	while (n > 0 && (out[n - 1] == ' ' || out[n - 1] == ':'))
		n--;
	out[n] = '\0';
}

void reasons_note(struct reasons *reasons, const char *where, const char *why)
{
	char text[REASONS_TEXT];
	size_t i = 0;

	reasons_plain(text, sizeof(text), where, why);
	while (i < reasons->count && strcmp(reasons->reason[i].text, text) != 0)
		i++;
	if (i == REASONS_MAX) {
		reasons->others++;
		return;
	}
	if (i == reasons->count) {
		memcpy(reasons->reason[i].text, text, sizeof(text));
		reasons->reason[i].times = 0;
		reasons->count++;
	}
	reasons->reason[i].times++;
}

size_t reasons_text(const struct reasons *reasons, char *line, size_t size)
{
	size_t n = 0;

	line[0] = '\0';
	for (size_t i = 0; i <= reasons->count && n + 1 < size; i++) {
		const char *between = n ? ", " : "";
		int len = 0;

		if (i == reasons->count && reasons->others)
			len = snprintf(
			    line + n, size - n, "%s%u for other reasons", between, reasons->others);
		else if (i < reasons->count && reasons->reason[i].times > 1)
			len = snprintf(line + n, size - n, "%s%s (%u times)", between,
			    reasons->reason[i].text, reasons->reason[i].times);
		else if (i < reasons->count)
			len =
			    snprintf(line + n, size - n, "%s%s", between, reasons->reason[i].text);
		if (len > 0)
			n = n + (size_t)len < size ? n + (size_t)len : size - 1;
	}
	return n;
}
