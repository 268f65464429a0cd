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
	char line[64] = "", count[10], number[10];
	int end = 0;

	memcpy(line, data, len < sizeof(line) ? len : sizeof(line) - 1);
	if (sscanf(line, "%15[A-Za-z]#%9[0-9] Part%9[0-9]%n", part->why, count, number, &end) !=
		3 ||
	    line[end] != '\n' || header_number(count, &part->count) ||
	    header_number(number, &part->part))
		return 0;
	return (size_t)end + 1;
}

long pstore_inflate(const char *data, size_t len, char *out, size_t size)
{
	z_stream z = {0};
	long got = -1;
	int rc;

	if (inflateInit2(&z, -15) != Z_OK)
		return -1;
	z.next_in = (unsigned char *)(uintptr_t)data;
	z.avail_in = (unsigned int)len;
	z.next_out = (unsigned char *)out;
	z.avail_out = (unsigned int)size;
	rc = inflate(&z, Z_FINISH);
	if (rc == Z_STREAM_END || (rc == Z_BUF_ERROR && z.avail_in == 0))
		got = (long)(size - z.avail_out);
	inflateEnd(&z);
	return got;
}

static int part_is_panic(const struct pstore_part *part)
{
	return strcmp(part->why, "Panic") == 0;
}

/* Seconds between two records. */
static int64_t part_apart(const struct pstore_part *a, const struct pstore_part *b)
{
	return a->time > b->time ? a->time - b->time : b->time - a->time;
}

/* Panics first, newest first; within a crash the oldest lines first. */
static int part_order(const struct pstore_part *a, const struct pstore_part *b)
{
	int rc = strcmp(a->why, b->why);

	if (part_is_panic(a) != part_is_panic(b))
		return part_is_panic(a) ? -1 : 1;
	if (part_apart(a, b) > PSTORE_APART)
		return a->time > b->time ? -1 : 1;
	if (rc)
		return rc;
	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	if (a->part != b->part)
		return a->part > b->part ? -1 : 1;
	return strcmp(a->name, b->name);
}

static int part_same_crash(const struct pstore_part *a, const struct pstore_part *b)
{
	return strcmp(a->why, b->why) == 0 && a->count == b->count &&
	       part_apart(a, b) <= PSTORE_APART;
}

/*
 * An insertion sort: with hostile times the order is not transitive, which qsort(3) does not allow.
 */
void pstore_group(struct pstore *pstore)
{
	struct pstore_part *part = pstore->part;

	for (size_t i = 1; i < pstore->count; i++)
		for (size_t j = i; j > 0 && part_order(&part[j - 1], &part[j]) > 0; j--) {
			struct pstore_part swap = part[j];

			part[j] = part[j - 1];
			part[j - 1] = swap;
		}
	pstore->crashes = 0;
	for (size_t i = 0; i < pstore->count; i++) {
		/* The same part again belongs to another crash. */
		if (i > 0 &&
		    (!part_same_crash(&part[i - 1], &part[i]) || part[i - 1].part == part[i].part))
			pstore->crashes++;
		part[i].crash = pstore->crashes;
	}
	if (pstore->count > 0)
		pstore->crashes++;
}

char *pstore_text(const struct pstore *pstore, unsigned int crash, size_t *len)
{
	size_t room = 128;
	const struct pstore_part *last = NULL;
	char *text;

	for (size_t i = 0; i < pstore->count; i++)
		if (pstore->part[i].crash == crash)
			room += pstore->part[i].len + 128;
	text = malloc(room);
	*len = 0;
	if (!text)
		return NULL;
	for (size_t i = 0; i < pstore->count; i++) {
		const struct pstore_part *part = &pstore->part[i];

		if (part->crash != crash)
			continue;
		if (!last)
			*len += (size_t)snprintf(text + *len, room - *len,
			    "[lastwords: kept by the firmware (pstore), %s#%u, the end of a log]\n",
			    part->why, part->count);
		else if (last->part != part->part + 1)
			*len += (size_t)snprintf(text + *len, room - *len,
			    "%s[lastwords: %u records are missing here]\n",
			    text[*len - 1] == '\n' ? "" : "\n", last->part - part->part - 1);
		memcpy(text + *len, part->data, part->len);
		*len += part->len;
		last = part;
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
	pstore->dir = -1;
	pstore->count = 0;
	pstore->crashes = 0;
}
