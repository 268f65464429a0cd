/* SPDX-License-Identifier: MIT */
/*
 * document: the documents of the query room (query/query.h) as the command prints them with --json: one object, or of
 * a list one object a line, ASCII only (query_dump).
 */
#ifndef LASTWORDS_CLI_DOCUMENT_H
#define LASTWORDS_CLI_DOCUMENT_H

#include "cli.h"
#include "query/query.h"

/* A query of the command; the reader is on the server, so that crashes have the paths of their files. */
struct query document_query(const struct cli *cli, struct db *db);
/* Prints a document (key NULL), or each element of its list key on a line. 0/-1. */
int document_print(struct err *err, const json_t *document, const char *key);
/*
 * Prints a long list, which is made a part at a time: at most limit rows (0: all). *rows: how many. 0/-1.
 */
struct document_parts {
	json_t *(*part)(struct err *err, struct query *query, const struct query_list *list);
	const char *key;
	struct query_list list; /* offset and limit are set here */
};
int document_print_parts(
    struct err *err, struct query *query, struct document_parts *parts, int limit, long *rows);

#endif
