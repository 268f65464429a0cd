/* SPDX-License-Identifier: MIT */
/* line: splits a log into lines, and a line into time and text; see timeline.h. Pure. */
#include "timeline.h"

#include <string.h>

enum { SECONDS_DIGITS = 12, CUT_MIN = 8 };

static const char mark_begin[] = "[lastwords: ";

int timeline_next(const char **at, const char *end, const char **line, size_t *len)
{
	while (*at < end) {
		const char *stop = memchr(*at, '\n', (size_t)(end - *at));
		size_t n = (size_t)((stop ? stop : end) - *at);

		*line = *at;
		*at = stop ? stop + 1 : end;
		while (n > 0 &&
		       ((*line)[n - 1] == ' ' || (*line)[n - 1] == '\r' || (*line)[n - 1] == '\t'))
			n--;
		*len = n;
		if (n > 0)
			return 1;
	}
	return 0;
}

static const char *line_digits(const char *p, const char *end, int max, int64_t *value)
{
	const char *from = p;

	*value = 0;
	while (p < end && p - from < max && *p >= '0' && *p <= '9')
		*value = *value * 10 + (*p++ - '0');
	return p == from ? NULL : p;
}

static const char *line_blanks(const char *p, const char *end)
{
	while (p < end && *p == ' ')
		p++;
	return p;
}

/* After "<N>", or p. */
static const char *line_level(const char *p, const char *end)
{
	const char *q;
	int64_t level;

	if (p == end || *p != '<')
		return p;
	q = line_digits(p + 1, end, 3, &level);
	return q && q < end && *q == '>' ? q + 1 : p;
}

/* After "[   12.345678]", or NULL. */
static const char *line_time(const char *p, const char *end, int64_t *usec)
{
	int64_t sec, frac;
	const char *q;

	if (p == end || *p != '[')
		return NULL;
	p = line_digits(line_blanks(p + 1, end), end, SECONDS_DIGITS, &sec);
	if (!p || p == end || *p != '.')
		return NULL;
	q = line_digits(p + 1, end, 6, &frac);
	if (!q || q - p != 7 || q == end || *q != ']')
		return NULL;
	*usec = sec * 1000000 + frac;
	return q + 1;
}

size_t timeline_stamp(const char *text, size_t len, int64_t *usec)
{
	const char *after = line_time(text, text + len, usec);

	return after ? (size_t)(after - text) : 0;
}

/* After "[  T123]" or "[    C0]", or p. */
static const char *line_caller(const char *p, const char *end)
{
	const char *q = p;
	int64_t id;

	if (q == end || *q != '[')
		return p;
	q = line_blanks(q + 1, end);
	if (q == end || (*q != 'T' && *q != 'C'))
		return p;
	q = line_digits(q + 1, end, 10, &id);
	return q && q < end && *q == ']' ? q + 1 : p;
}

static int line_has(const char *text, size_t len, const char *what)
{
	return memmem(text, len, what, strlen(what)) != NULL;
}

void timeline_part(const char *text, size_t len, struct timeline_part *part)
{
	const char *end = text + len, *p, *q;
	int64_t lost;

	*part = (struct timeline_part){.usec = TIMELINE_NO_TIME};
	p = line_level(text, end);
	q = line_time(p, end, &part->usec);
	if (q) {
		p = line_caller(q, end);
		if (p < end && *p == ' ')
			p++;
	}
	part->body = p;
	part->len = (size_t)(end - p);
	if (part->len < sizeof(mark_begin) - 1 ||
	    memcmp(p, mark_begin, sizeof(mark_begin) - 1) != 0)
		return;
	part->flags = TIMELINE_MARK;
	if (!line_has(p, part->len, " lost") && !line_has(p, part->len, " not kept"))
		return;
	part->flags |= TIMELINE_HOLE;
	p += sizeof(mark_begin) - 1;
	q = line_digits(p, end, 15, &lost);
	if (q && (size_t)(end - q) > 7 && memcmp(q, " record", 7) == 0)
		part->lost = (uint64_t)lost;
}

int timeline_is_thin(const struct timeline_part *thin, const struct timeline_part *whole)
{
	size_t at = 0;

	if (thin->len < CUT_MIN || thin->len >= whole->len || thin->len < whole->len / 4 * 3)
		return 0;
	for (size_t i = 0; i < whole->len && at < thin->len; i++)
		at += thin->body[at] == whole->body[i];
	return at == thin->len;
}

int timeline_has_mark(const struct timeline_part *part)
{
	return memmem(part->body, part->len, mark_begin, sizeof(mark_begin) - 1) != NULL;
}

int timeline_is_cut(const struct timeline_part *cut, const struct timeline_part *whole)
{
	const char *mark = memmem(cut->body, cut->len, mark_begin, sizeof(mark_begin) - 1);
	const char *end = cut->body + cut->len, *stop;
	size_t head, tail;

	if (!mark)
		return cut->len >= CUT_MIN && cut->len < whole->len &&
		       memcmp(cut->body, whole->body, cut->len) == 0;
	stop = memchr(mark, ']', (size_t)(end - mark));
	if (!stop)
		return 0;
	head = (size_t)(mark - cut->body);
	tail = (size_t)(end - (stop + 1));
	return head + tail >= CUT_MIN && head + tail < whole->len &&
	       memcmp(cut->body, whole->body, head) == 0 &&
	       memcmp(stop + 1, whole->body + whole->len - tail, tail) == 0;
}
