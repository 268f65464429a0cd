/* SPDX-License-Identifier: MIT */
/*
 * table: every listing of lastwords. On a terminal: headings, and columns that fit its width. Elsewhere, for
 * scripts: no heading, nothing cut, cells separated by one tab, always the same columns. Cells are printed as
 * print_safe does (no byte controls the terminal); an empty one is "-".
 *
 *	struct table *table = table_begin(&err, screen, columns, 3);
 *	table_cell(table, name, SCREEN_PLAIN);   // a cell after the other; the row ends with its last column
 *	…
 *	rc = table_end(&err, table);
 *
 * On a terminal the widths are those of the first TABLE_MEASURED rows, which are kept until then; later ones
 * are printed as they come. Memory that cannot be had is reported by table_end.
 */
#ifndef LASTWORDS_CLI_SCREEN_TABLE_H
#define LASTWORDS_CLI_SCREEN_TABLE_H

#include <stddef.h>

#include "base/err.h"
#include "screen.h"

enum { TABLE_COLUMNS_MAX = 12, TABLE_MEASURED = 1000, TABLE_GAP = 2 };

struct table_column {
	const char *heading;
	int min; /* 0: never cut; else it may be cut to this width, and is then marked with "…" or "~" */
	int give; /* of the columns with min: the one with the highest is cut first */
	/* 0: always shown; else it is left out where not even the least widths fit: the highest first */
	int drop;
	int right; /* a number: to the right */
};

struct table;

/* columns must outlive the table. NULL on error. */
struct table *table_begin(
    struct err *err, const struct screen *screen, const struct table_column *columns, size_t count);
void table_cell(struct table *table, const char *text, enum screen_colour colour);
/* printf form */
void table_cellf(struct table *table, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A time of a list; 0: none. */
void table_cell_time(struct table *table, int64_t ms);
size_t table_rows(const struct table *table);
/* Prints what is left and frees. 0/-1. NULL is allowed. */
int table_end(struct err *err, struct table *table);

/* Text with every byte that is not printable ASCII as \xNN; malloc'ed, NULL without memory. */
char *table_escape(const char *text);

#endif
