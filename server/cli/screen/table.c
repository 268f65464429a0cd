/* SPDX-License-Identifier: MIT */
/* table: every listing; see table.h. */
#include "table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

struct table_cell {
	char *text; /* escaped */
	enum screen_colour colour;
};

struct table_row {
	struct table_cell cell[TABLE_COLUMNS_MAX];
};

struct table {
	const struct screen *screen;
	const struct table_column *columns;
	size_t count; /* of columns */
	struct table_row *row; /* kept until the widths are known; then only the one that is made */
	size_t rows, room, at; /* at: the cell that comes next */
	size_t total; /* rows, with the printed ones */
	int measured; /* the widths are known */
	size_t width[TABLE_COLUMNS_MAX]; /* 0: left out */
	struct err err;
	int failed;
};

char *table_escape(const char *text)
{
	size_t len = 0;
	char *out, *to;

	for (const char *c = text; *c; c++)
		len += *c >= 0x20 && *c < 0x7f ? 1 : 4;
	to = out = malloc(len + 1);
	if (!out)
		return NULL;
	for (const char *c = text; *c; c++) {
		if (*c >= 0x20 && *c < 0x7f)
			*to++ = *c;
		else
			to += snprintf(to, 5, "\\x%02x", (unsigned char)*c);
	}
	*to = '\0';
	return out;
}

struct table *table_begin(
    struct err *err, const struct screen *screen, const struct table_column *columns, size_t count)
{
	struct table *table = calloc(1, sizeof(*table));

	if (!table || count > TABLE_COLUMNS_MAX) {
		free(table);
		err_set(err, "out of memory");
		return NULL;
	}
	table->screen = screen;
	table->columns = columns;
	table->count = count;
	return table;
}

/* --- widths ------------------------------------------------------------------------------------------ */

/* The width to which a column may be cut. */
static size_t table_least(const struct table *table, size_t i)
{
	const size_t min = (size_t)table->columns[i].min;

	return min && min < table->width[i] ? min : table->width[i];
}

/* What a row takes; least: with every column as narrow as it may be. */
static size_t table_sum(const struct table *table, int least)
{
	size_t sum = 0, shown = 0;

	for (size_t i = 0; i < table->count; i++) {
		sum += least ? table_least(table, i) : table->width[i];
		shown += table->width[i] > 0;
	}
	return sum + (shown ? (shown - 1) * TABLE_GAP : 0);
}

/* Leaves columns out until the least widths fit. */
static void table_drop(struct table *table)
{
	while (table_sum(table, 1) > (size_t)table->screen->width) {
		size_t worst = table->count;

		for (size_t i = 0; i < table->count; i++)
			if (table->width[i] && table->columns[i].drop &&
			    (worst == table->count ||
				table->columns[i].drop > table->columns[worst].drop))
				worst = i;
		if (worst == table->count)
			return;
		table->width[worst] = 0;
	}
}

/* Cuts columns until the row fits. */
static void table_cut(struct table *table)
{
	int give = 0;

	for (size_t i = 0; i < table->count; i++)
		give = table->columns[i].give > give ? table->columns[i].give : give;
	for (; give >= 0; give--) {
		for (size_t i = 0; i < table->count; i++) {
			size_t sum = table_sum(table, 0), most = (size_t)table->screen->width;
			size_t spare = table->width[i] - table_least(table, i);

			if (table->columns[i].give == give && sum > most)
				table->width[i] -= sum - most < spare ? sum - most : spare;
		}
	}
}

static void table_measure(struct table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		table->width[i] = strlen(table->columns[i].heading);
		for (size_t r = 0; r < table->rows; r++) {
			size_t len = strlen(table->row[r].cell[i].text);

			table->width[i] = len > table->width[i] ? len : table->width[i];
		}
	}
	table_drop(table);
	table_cut(table);
	table->measured = 1;
}

/* --- printing ---------------------------------------------------------------------------------------- */

/* last: of its row, which ends without blanks. */
static void table_print_cell(
    const struct table *table, size_t i, const char *text, enum screen_colour colour, int last)
{
	const struct screen *screen = table->screen;
	size_t width = table->width[i], len = strlen(text);
	int cut = len > width && table->columns[i].min;
	int pad = cut || len > width ? 0 : (int)(width - len);

	if (table->columns[i].right)
		fprintf(screen->out, "%*s", pad, "");
	fprintf(screen->out, "%s%.*s%s%s", screen_begin(screen, colour),
	    (int)(cut ? width - 1 : len), text,
	    !cut           ? ""
	    : screen->utf8 ? "…"
			   : "~",
	    screen_end(screen, colour));
	if (!last)
		fprintf(screen->out, "%*s", (table->columns[i].right ? 0 : pad) + TABLE_GAP, "");
}

static void table_print_row(const struct table *table, const struct table_row *row)
{
	size_t last = 0;

	if (!table->screen->terminal) {
		for (size_t i = 0; i < table->count; i++)
			fprintf(table->screen->out, "%s%s", i ? "\t" : "", row->cell[i].text);
		fprintf(table->screen->out, "\n");
		return;
	}
	for (size_t i = 0; i < table->count; i++)
		last = table->width[i] ? i : last;
	for (size_t i = 0; i <= last; i++)
		if (table->width[i])
			table_print_cell(
			    table, i, row->cell[i].text, row->cell[i].colour, i == last);
	fprintf(table->screen->out, "\n");
}

static void table_print_heading(const struct table *table)
{
	struct table_row row;

	for (size_t i = 0; i < table->count; i++) {
		/* (printed, not kept) */
		row.cell[i].text = (char *)(uintptr_t)table->columns[i].heading;
		row.cell[i].colour = SCREEN_STRONG;
	}
	table_print_row(table, &row);
}

static void table_free_rows(struct table *table)
{
	for (size_t r = 0; r < table->rows; r++)
		for (size_t i = 0; i < table->count; i++)
			free(table->row[r].cell[i].text);
	table->rows = 0;
}

static void table_flush(struct table *table)
{
	if (table->screen->terminal && !table->measured && table->rows) {
		table_measure(table);
		table_print_heading(table);
	}
	for (size_t r = 0; r < table->rows; r++)
		table_print_row(table, &table->row[r]);
	table_free_rows(table);
}

/* --- cells ------------------------------------------------------------------------------------------- */

static struct table_row *table_new_row(struct table *table)
{
	struct table_row *row =
	    array_grow(&table->err, table->row, &table->room, table->rows, sizeof(*row));

	if (!row)
		return NULL;
	table->row = row;
	row += table->rows++;
	memset(row, 0, sizeof(*row));
	return row;
}

void table_cell(struct table *table, const char *text, enum screen_colour colour)
{
	struct table_row *row;
	char *escaped;

	if (table->failed)
		return;
	escaped = table_escape(text && text[0] ? text : "-");
	row = !escaped         ? NULL
	      : table->at == 0 ? table_new_row(table)
			       : &table->row[table->rows - 1];
	if (!row) {
		if (!escaped)
			err_set(&table->err, "out of memory");
		free(escaped);
		table->failed = 1;
		return;
	}
	row->cell[table->at].text = escaped;
	row->cell[table->at].colour = colour;
	if (++table->at < table->count)
		return;
	table->at = 0;
	table->total++;
	if (!table->screen->terminal || table->measured || table->rows >= TABLE_MEASURED)
		table_flush(table);
}

void table_cellf(struct table *table, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	table_cell(table, text, SCREEN_PLAIN);
}

void table_cell_time(struct table *table, int64_t ms)
{
	char text[TIMES_MAX] = "";

	if (ms)
		screen_time(table->screen, ms, text);
	table_cell(table, text, SCREEN_PLAIN);
}

size_t table_rows(const struct table *table)
{
	return table->total;
}

int table_end(struct err *err, struct table *table)
{
	int rc = 0;

	if (!table)
		return 0;
	if (table->failed)
		rc = err_set(err, "%s", table->err.msg);
	else
		table_flush(table);
	table_free_rows(table);
	free(table->row);
	free(table);
	return rc;
}
