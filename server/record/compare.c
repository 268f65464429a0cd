/* SPDX-License-Identifier: MIT */
/* compare: do two logs of one kernel tell the same story? See compare.h. */
#include "compare.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct channels_slot {
	const char *line;
	size_t len, count;
};

/* The next line that counts; 0 at the end. */
static int channels_next(const char **at, const char *end, const char **line, size_t *len)
{
	static const char mark[] = "[lastwords: ";

	while (*at < end) {
		const char *stop = memchr(*at, '\n', (size_t)(end - *at));
		size_t n = (size_t)((stop ? stop : end) - *at);

		*line = *at;
		*at = stop ? stop + 1 : end;
		while (n > 0 &&
		       ((*line)[n - 1] == ' ' || (*line)[n - 1] == '\r' || (*line)[n - 1] == '\t'))
			n--;
		if (n == 0 || (n >= sizeof(mark) - 1 && memcmp(*line, mark, sizeof(mark) - 1) == 0))
			continue;
		*len = n;
		return 1;
	}
	return 0;
}

static uint64_t channels_hash(const char *line, size_t len)
{
	uint64_t hash = 0xcbf29ce484222325; /* FNV-1a */

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)line[i]) * 0x100000001b3;
	return hash ^ hash >> 29;
}

static struct channels_slot *channels_slot(
    struct channels_slot *table, size_t mask, const char *line, size_t len)
{
	for (size_t i = channels_hash(line, len) & mask;; i = (i + 1) & mask)
		if (!table[i].line ||
		    (table[i].len == len && memcmp(table[i].line, line, len) == 0))
			return &table[i];
}

int channels_compare(struct err *err, const char *dump, size_t dump_len, const char *stream,
    size_t stream_len, struct channels *out)
{
	const char *at = dump, *line;
	size_t len, size = 16;
	struct channels_slot *table;

	memset(out, 0, sizeof(*out));
	while (channels_next(&at, dump + dump_len, &line, &len))
		out->dump_lines++;
	while (size < 2 * out->dump_lines)
		size *= 2;
	table = calloc(size, sizeof(*table));
	if (!table)
		return err_set(err, "out of memory for %zu lines", out->dump_lines);
	at = dump;
	while (channels_next(&at, dump + dump_len, &line, &len)) {
		struct channels_slot *slot = channels_slot(table, size - 1, line, len);

		slot->line = line;
		slot->len = len;
		slot->count++;
	}
	at = stream;
	while (channels_next(&at, stream + stream_len, &line, &len)) {
		struct channels_slot *slot = channels_slot(table, size - 1, line, len);

		out->stream_lines++;
		if (slot->line && slot->count > 0) {
			slot->count--;
			out->both++;
		}
	}
	free(table);
	return 0;
}
