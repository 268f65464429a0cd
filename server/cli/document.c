/* SPDX-License-Identifier: MIT */
/* document: documents of the query room on standard output; see document.h. */
#include "document.h"

#include <stdlib.h>

#include "base/clock.h"

struct query document_query(const struct cli *cli, struct db *db)
{
	return (struct query){.state = cli->config.state,
	    .config = &cli->config,
	    .db = db,
	    .now_ms = clock_now(),
	    .paths = 1};
}

static int document_line(struct err *err, const json_t *document)
{
	size_t len = 0;
	char *text = query_dump(document, &len);

	if (!text)
		return err_set(err, "out of memory");
	fwrite(text, 1, len, stdout);
	free(text);
	return ferror(stdout) ? err_errno(err, "cannot write") : 0;
}

int document_print(struct err *err, const json_t *document, const char *key)
{
	const json_t *list = key ? json_object_get(document, key) : NULL, *row;
	size_t i;

	if (!key)
		return document_line(err, document);
	json_array_foreach(list, i, row)
	{
		if (document_line(err, row))
			return -1;
	}
	return 0;
}

int document_print_parts(
    struct err *err, struct query *query, struct document_parts *parts, int limit, long *rows)
{
	*rows = 0;
	for (;;) {
		long left = limit > 0 ? limit - *rows : QUERY_PAGE_MAX;
		json_t *part;
		size_t count;
		int rc;

		parts->list.offset = (int)*rows;
		parts->list.limit = left < QUERY_PAGE_MAX ? (int)left : QUERY_PAGE_MAX;
		if (left == 0)
			return 0;
		part = parts->part(err, query, &parts->list);
		if (!part)
			return -1;
		count = json_array_size(json_object_get(part, parts->key));
		rc = document_print(err, part, parts->key);
		json_decref(part);
		*rows += (long)count;
		if (rc || count < (size_t)parts->list.limit)
			return rc;
	}
}
