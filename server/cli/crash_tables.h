/* SPDX-License-Identifier: MIT */
/* crash_tables: crashes and their rates as tables, for the commands that list them. */
#ifndef LASTWORDS_CLI_CRASH_TABLES_H
#define LASTWORDS_CLI_CRASH_TABLES_H

#include <jansson.h>

#include "screen/table.h"

/* The columns of crash_row. */
extern const struct table_column crash_columns[];
extern const size_t crash_column_count;
/* A crash of query_crashes into a table (arg) with them. 0. */
int crash_row(struct err *err, void *arg, const json_t *crash);

/* Prints what query_rates has. 0/-1. */
int crash_rates(struct err *err, const struct screen *screen, const json_t *rates);

#endif
