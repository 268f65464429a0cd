/* SPDX-License-Identifier: MIT */
/*
 * ask: the queries (query/query.h) as commands use them: the index opened, lists joined from their parts, documents
 * printed, fields read.
 */
#ifndef LASTWORDS_CLI_ASK_H
#define LASTWORDS_CLI_ASK_H

#include "cli.h"
#include "query/query.h"
#include "screen/table.h"

/* Where a command reads: the options --central and --local. Neither: the central database, if the configuration has
 * one and it answers within ASK_CENTRAL_MS, else the index, with a line that says so. */
enum { ASK_CENTRAL_MS = 1000 };
struct ask_where {
	int central, local;
};
/* Their rows, for a command whose options have a `where`. */
#define ASK_WHERE(options)                                                                         \
	{.name = "--central",                                                                      \
	    .help = "all servers, by the central database",                                        \
	    .kind = OPTIONS_FLAG,                                                                  \
	    .field = offsetof(struct options, where.central)},                                     \
	{                                                                                          \
		.name = "--local", .help = "this server only", .kind = OPTIONS_FLAG,               \
		.field = offsetof(struct options, where.local)                                     \
	}

/* Reads the configuration, and opens the index or sets query->central; where NULL: the index. without: query->db is
 * NULL if it cannot be opened, and that was reported. 0, or -1 with nothing to close. */
int ask_open(struct err *err, struct cli *cli, struct query *query, const struct ask_where *where,
    int without);
void ask_close(struct query *query);

/* A part of a list; arg is the caller's. */
typedef json_t *ask_part(struct err *err, struct query *query, void *arg, int offset, int limit);
/*
 * The rows of a list, up to limit, from as many parts as that takes: name is the document's array of them. row gets
 * each, and is borrowed; it returns 0 to go on, or -1 with err set. *rows: how many. 0/-1.
 */
struct ask_list {
	const char *name;
	ask_part *part;
	int limit;
	int (*row)(struct err *err, void *table, const json_t *row);
	void *arg, *table; /* of part and of row */
};
int ask_rows(struct err *err, struct query *query, const struct ask_list *list, size_t *rows);

/* Prints the rows as a table, by row into list->table; or, without columns, as JSON, one object a line. 0/-1. */
int ask_table(struct err *err, struct cli *cli, struct query *query, struct ask_list *list,
    const struct table_column *columns, size_t count,
    int (*row)(struct err *err, void *table, const json_t *row), size_t *rows);

/* All of a command that lists: opens the index (where, without: as ask_open), prints, and reports where there is nothing to
 * print. Its exit code. */
int ask_list_command(struct cli *cli, struct ask_list *list, const struct ask_where *where,
    int without, const struct table_column *columns, size_t count,
    int (*row)(struct err *err, void *table, const json_t *row));

/* Prints it as one line of JSON: for a list's row (table is not used) and for a document. 0/-1. */
int ask_print_row(struct err *err, void *table, const json_t *row);
int ask_print(struct err *err, const json_t *document);

/* The member's value; "" or the other value if it is missing or of another type. */
const char *ask_text(const json_t *object, const char *key);
long long ask_number(const json_t *object, const char *key, long long other);
double ask_real(const json_t *object, const char *key, double other);
/* A time in milliseconds; 0: none. */
int64_t ask_time(const json_t *object, const char *key);
/* The texts of an array, joined by blanks, cut to size. */
void ask_texts(const json_t *object, const char *key, char *text, size_t size);

/* The signature that is meant: 16 hex digits, or a session or MAC whose crash has it. 0/-1. */
int ask_signature(struct err *err, struct query *query, const char *what, char signature[17]);

#endif
