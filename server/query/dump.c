/* SPDX-License-Identifier: MIT */
/* dump: a document as one line of text; see query.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "query.h"

struct dump {
	char *text;
	size_t len, room;
};

static int dump_put(struct dump *dump, const char *bytes, size_t len)
{
	if (dump->room - dump->len < len) {
		size_t room = 2 * dump->room + len;
		char *text = realloc(dump->text, room);

		if (!text)
			return -1;
		dump->text = text;
		dump->room = room;
	}
	memcpy(dump->text + dump->len, bytes, len);
	dump->len += len;
	return 0;
}

/* A DEL, which is ASCII, can only be within a string. */
static int dump_took(const char *bytes, size_t len, void *arg)
{
	const char *del;

	while ((del = memchr(bytes, 0x7f, len))) {
		size_t before = (size_t)(del - bytes);

		if (dump_put(arg, bytes, before) || dump_put(arg, "\\u007f", 6))
			return -1;
		bytes += before + 1;
		len -= before + 1;
	}
	return dump_put(arg, bytes, len);
}

char *query_dump(const json_t *document, size_t *len)
{
	struct dump dump = {.text = NULL};

	if (json_dump_callback(document, dump_took, &dump,
		JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15)) ||
	    dump_put(&dump, "\n", 2)) {
		free(dump.text);
		return NULL;
	}
	*len = dump.len - 1;
	return dump.text;
}
