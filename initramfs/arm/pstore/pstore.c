/* SPDX-License-Identifier: MIT */
/* pstore: from records of a dead kernel to texts; see pstore.h. Pure. */
#include "pstore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/num.h"

/* Digits of a scanned header. 0/-1. */
static int header_number(const char *digits, unsigned int *number)
{
	uint64_t value;
	struct err err;

	if (num_u64(&err, "part", digits, strlen(digits), 0, UINT32_MAX, &value))
		return -1;
	*number = (unsigned int)value;
	return 0;
}

size_t pstore_header(const char *data, size_t len, struct pstore_part *part)
{
	char line[PSTORE_HEAD_MAX] = "", count[10], number[10];
	int end = 0;

	memcpy(line, data, len < sizeof(line) ? len : sizeof(line) - 1);
	if (sscanf(line, "%15[A-Za-z]#%9[0-9] Part%9[0-9]%n", part->why, count, number, &end) !=
		3 ||
	    line[end] != '\n' || header_number(count, &part->count) ||
	    header_number(number, &part->part))
		return 0;
	return (size_t)end + 1;
}

long pstore_inflate(const char *data, size_t len, size_t skip, char *out, size_t size)
{
	char chunk[4096];
	z_stream z = {0};
	size_t total = 0;
	int rc;

	if (inflateInit2(&z, -15) != Z_OK)
		return -1;
	z.next_in = (unsigned char *)(uintptr_t)data;
	z.avail_in = (unsigned int)len;
	do {
		size_t got, from = 0, to;

		z.next_out = (unsigned char *)chunk;
		z.avail_out = sizeof(chunk);
		rc = inflate(&z, Z_NO_FLUSH);
		got = to = sizeof(chunk) - z.avail_out;
		if (total < skip)
			from = skip - total < got ? skip - total : got;
		if (total + to > skip + size)
			to = total < skip + size ? skip + size - total : 0;
		if (from < to)
			memcpy(out + (total + from - skip), chunk + from, to - from);
		total += got;
	} while (rc == Z_OK && total <= PSTORE_INFLATED_MAX);
	inflateEnd(&z);
	/* (a stream that is cut off is as good as its record) */
	if (rc != Z_STREAM_END && (rc != Z_BUF_ERROR || z.avail_in > 0))
		return -1;
	return total <= PSTORE_INFLATED_MAX ? (long)total : -1;
}

static int order(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* By header and time. */
static int order_kind(const void *left, const void *right)
{
	const struct pstore_part *a = left, *b = right;
	int rc = strcmp(a->why, b->why);

	if (rc == 0)
		rc = order(a->count, b->count);
	return rc ? rc : order(a->time, b->time);
}

/* The oldest lines first; equal parts by time, then by the number that ends their name. */
static int order_part(const void *left, const void *right)
{
	const struct pstore_part *a = left, *b = right;
	int rc = order(b->part, a->part);

	if (rc == 0)
		rc = order(a->time, b->time);
	if (rc == 0)
		rc = order((int64_t)strlen(a->name), (int64_t)strlen(b->name));
	return rc ? rc : strcmp(a->name, b->name);
}

static int order_crash(const void *left, const void *right)
{
	const struct pstore_part *a = left, *b = right;
	int rc = order(a->crash, b->crash);

	return rc ? rc : order_part(a, b);
}

static int part_is_panic(const struct pstore_part *part)
{
	return strcmp(part->why, "Panic") == 0;
}

/* Panics first, newest first. */
static int order_all(const void *left, const void *right)
{
	const struct pstore_part *a = left, *b = right;
	int rc = part_is_panic(b) - part_is_panic(a);

	if (rc == 0)
		rc = order(b->crash_time, a->crash_time);
	if (rc == 0)
		rc = strcmp(a->why, b->why);
	if (rc == 0)
		rc = order(b->count, a->count);
	return rc ? rc : order_crash(a, b);
}

static void group_sort(
    struct pstore *pstore, size_t from, size_t to, int (*by)(const void *, const void *))
{
	if (to - from > 1)
		qsort(pstore->part + from, to - from, sizeof(*pstore->part), by);
}

/*
 * Numbers the crashes of the parts from to to, which have one header and were written within one
 * period, from first on: the n-th of equal parts is of the n-th crash. The next number.
 */
static unsigned int group_number(struct pstore *pstore, size_t from, size_t to, unsigned int first)
{
	struct pstore_part *part = pstore->part;
	unsigned int next = first;

	group_sort(pstore, from, to, order_part);
	for (size_t i = from; i < to; i++) {
		int again = i > from && part[i].part == part[i - 1].part;

		part[i].crash = again ? part[i - 1].crash + 1 : first;
		if (part[i].crash >= next)
			next = part[i].crash + 1;
	}
	return next;
}

void pstore_renumber(struct pstore *pstore)
{
	struct pstore_part *part = pstore->part;
	unsigned int last = 0;

	pstore->crashes = 0;
	for (size_t i = 0; i < pstore->count; i++) {
		if (i == 0 || part[i].crash != last)
			pstore->crashes++;
		last = part[i].crash;
		part[i].crash = pstore->crashes - 1;
	}
}

void pstore_group(struct pstore *pstore)
{
	struct pstore_part *part = pstore->part;
	size_t count = pstore->count, from, to;
	unsigned int crash = 0;

	group_sort(pstore, 0, count, order_kind);
	for (from = 0; from < count; from = to) {
		for (to = from + 1; to < count && strcmp(part[to].why, part[from].why) == 0 &&
				    part[to].count == part[from].count &&
				    part[to].time - part[to - 1].time <= PSTORE_APART;)
			to++;
		crash = group_number(pstore, from, to, crash);
	}
	group_sort(pstore, 0, count, order_crash);
	for (from = 0; from < count; from = to) {
		int64_t newest = part[from].time;

		for (to = from; to < count && part[to].crash == part[from].crash; to++)
			if (part[to].time > newest)
				newest = part[to].time;
		for (size_t i = from; i < to; i++)
			part[i].crash_time = newest;
	}
	group_sort(pstore, 0, count, order_all);
	pstore_renumber(pstore);
}

void pstore_limit(struct pstore *pstore)
{
	struct pstore_part *part = pstore->part;
	size_t kept = 0, total = 0, to;

	for (size_t from = 0; from < pstore->count; from = to) {
		size_t room = PSTORE_CRASH_MAX;

		for (to = from; to < pstore->count && part[to].crash == part[from].crash;)
			to++;
		for (size_t i = to; i-- > from;) {
			part[i].len = part[i].size < room ? part[i].size : room;
			room -= part[i].len;
		}
		if (total + PSTORE_CRASH_MAX - room > PSTORE_TOTAL_MAX) {
			pstore->left += to - from;
			for (size_t i = from; i < to; i++)
				free(part[i].data);
			continue;
		}
		total += PSTORE_CRASH_MAX - room;
		memmove(part + kept, part + from, (to - from) * sizeof(*part));
		kept += to - from;
	}
	pstore->count = kept;
	pstore_renumber(pstore);
}

char *pstore_text(const struct pstore *pstore, unsigned int crash, size_t *len)
{
	const struct pstore_part *part = pstore->part, *last = NULL;
	size_t room = 256, left_out = 0, from = 0, to;
	char *text;

	while (from < pstore->count && part[from].crash != crash)
		from++;
	for (to = from; to < pstore->count && part[to].crash == crash; to++) {
		room += part[to].len + 128;
		left_out += part[to].size - part[to].len;
	}
	text = malloc(room);
	*len = 0;
	if (!text)
		return NULL;
	if (from < to)
		*len = (size_t)snprintf(text, room,
		    "[lastwords: kept by the firmware (pstore), %s#%u, the end of a log]\n",
		    part[from].why, part[from].count);
	if (left_out > 0)
		*len += (size_t)snprintf(
		    text + *len, room - *len, "[lastwords: %zu bytes left out]\n", left_out);
	for (size_t i = from; i < to; last = &part[i++]) {
		if (last && last->part != part[i].part + 1)
			*len += (size_t)snprintf(text + *len, room - *len,
			    "%s[lastwords: %u records are missing here]\n",
			    text[*len - 1] == '\n' ? "" : "\n", last->part - part[i].part - 1);
		if (part[i].len > 0)
			memcpy(text + *len, part[i].data, part[i].len);
		*len += part[i].len;
	}
	if (last && last->part != 1)
		*len += (size_t)snprintf(text + *len, room - *len,
		    "%s[lastwords: the end is missing]\n", text[*len - 1] == '\n' ? "" : "\n");
	else if (*len > 0 && text[*len - 1] != '\n')
		text[(*len)++] = '\n';
	return text;
}

void pstore_session(const char *text, size_t len, char id[PSTORE_ID_MAX])
{
	static const char *const marks[] = {"lastwords.session=", "lastwords: armed "};

	id[0] = '\0';
	for (size_t at = 0; at < len; at++)
		for (size_t i = 0; i < 2; i++) {
			size_t mark = strlen(marks[i]), n = 0;

			if (len - at <= mark || memcmp(text + at, marks[i], mark) != 0)
				continue;
			while (n < len - at - mark && n < PSTORE_ID_MAX - 1 &&
			       strchr("abcdefghijklmnopqrstuvwxyz0123456789T_.-",
				   text[at + mark + n]) &&
			       text[at + mark + n])
				n++;
			memcpy(id, text + at + mark, n);
			id[n] = '\0';
		}
}

void pstore_free(struct pstore *pstore)
{
	for (size_t i = 0; i < pstore->count; i++)
		free(pstore->part[i].data);
	if (pstore->dir >= 0)
		close(pstore->dir);
	free(pstore->part);
	memset(pstore, 0, sizeof(*pstore));
	pstore->dir = -1;
}
