/* SPDX-License-Identifier: MIT */
/* pstore: records of a dead kernel into texts; see pstore.h. Pure: no file is touched here. */
#include "pstore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/num.h"

static size_t header_number(const char *text, size_t len, unsigned int *number)
{
	size_t n = 0;
	uint64_t value;
	struct err err;

	while (n < len && n < 9 && text[n] >= '0' && text[n] <= '9')
		n++;
	if (n == 0 || num_u64(&err, "part", text, n, 0, 999999999, &value))
		return 0;
	*number = (unsigned int)value;
	return n;
}

size_t arm_pstore_header(const char *data, size_t len, struct arm_pstore_part *part)
{
	static const char word[] = " Part";
	size_t at = 0, n;

	while (at < len && at < sizeof(part->why) - 1 &&
	       ((data[at] >= 'a' && data[at] <= 'z') || (data[at] >= 'A' && data[at] <= 'Z')))
		at++;
	if (at == 0 || at == len || data[at] != '#')
		return 0;
	memcpy(part->why, data, at);
	part->why[at++] = '\0';
	n = header_number(data + at, len - at, &part->count);
	at += n;
	if (n == 0 || len - at < sizeof(word) || memcmp(data + at, word, sizeof(word) - 1) != 0)
		return 0;
	at += sizeof(word) - 1;
	n = header_number(data + at, len - at, &part->part);
	at += n;
	return n > 0 && at < len && data[at] == '\n' ? at + 1 : 0;
}

long arm_pstore_inflate(const char *data, size_t len, char *out, size_t size)
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

static int part_is_panic(const struct arm_pstore_part *part)
{
	return strcmp(part->why, "Panic") == 0;
}

/* Panics first, newest first, then by what makes one death, then from the oldest line on. */
static int part_order(const void *one, const void *two)
{
	const struct arm_pstore_part *a = one, *b = two;
	int rc;

	if (part_is_panic(a) != part_is_panic(b))
		return part_is_panic(a) ? -1 : 1;
	if (a->time / ARM_PSTORE_APART != b->time / ARM_PSTORE_APART &&
	    (a->time - b->time > ARM_PSTORE_APART || b->time - a->time > ARM_PSTORE_APART))
		return a->time > b->time ? -1 : 1;
	rc = strcmp(a->why, b->why);
	if (rc)
		return rc;
	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	if (a->part != b->part)
		return a->part > b->part ? -1 : 1;
	return strcmp(a->name, b->name);
}

static int part_same_death(const struct arm_pstore_part *a, const struct arm_pstore_part *b)
{
	int64_t apart = a->time > b->time ? a->time - b->time : b->time - a->time;

	return strcmp(a->why, b->why) == 0 && a->count == b->count && apart <= ARM_PSTORE_APART;
}

/* An insertion sort: the order is not transitive where times are hostile, and qsort(3) minds that. */
void arm_pstore_group(struct arm_pstore *pstore)
{
	struct arm_pstore_part *part = pstore->part;

	for (size_t i = 1; i < pstore->count; i++)
		for (size_t j = i; j > 0 && part_order(&part[j - 1], &part[j]) > 0; j--) {
			struct arm_pstore_part swap = part[j];

			part[j] = part[j - 1];
			part[j - 1] = swap;
		}
	pstore->deaths = 0;
	for (size_t i = 0; i < pstore->count; i++) {
		/* A part that was there already begins another death. */
		if (i > 0 &&
		    (!part_same_death(&part[i - 1], &part[i]) || part[i - 1].part == part[i].part))
			pstore->deaths++;
		part[i].death = pstore->deaths;
	}
	if (pstore->count > 0)
		pstore->deaths++;
}

char *arm_pstore_text(const struct arm_pstore *pstore, unsigned int death, size_t *len)
{
	size_t room = 128;
	const struct arm_pstore_part *last = NULL;
	char *text;

	for (size_t i = 0; i < pstore->count; i++)
		if (pstore->part[i].death == death)
			room += pstore->part[i].len + 128;
	text = malloc(room);
	*len = 0;
	if (!text)
		return NULL;
	for (size_t i = 0; i < pstore->count; i++) {
		const struct arm_pstore_part *part = &pstore->part[i];

		if (part->death != death)
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

void arm_pstore_session(const char *text, size_t len, char id[ARM_PSTORE_ID_MAX])
{
	static const char *const marks[] = {"lastwords.session=", "lastwords: armed "};

	id[0] = '\0';
	for (size_t at = 0; at < len; at++)
		for (size_t i = 0; i < 2; i++) {
			size_t mark = strlen(marks[i]), n = 0;

			if (len - at <= mark || memcmp(text + at, marks[i], mark) != 0)
				continue;
			while (n < len - at - mark && n < ARM_PSTORE_ID_MAX - 1 &&
			       strchr("abcdefghijklmnopqrstuvwxyz0123456789T_.-",
				   text[at + mark + n]) &&
			       text[at + mark + n])
				n++;
			memcpy(id, text + at + mark, n);
			id[n] = '\0';
		}
}
