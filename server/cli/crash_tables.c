/* SPDX-License-Identifier: MIT */
/* crash_tables: crashes and their rates as tables; see crash_tables.h. */
#include "crash_tables.h"

#include <string.h>

#include "ask.h"

const struct table_column crash_columns[] = {
    {.heading = "DIED"},
    {.heading = "MACHINE"},
    {.heading = "SIGNATURE", .drop = 3},
    {.heading = "CHANNELS", .drop = 1},
    {.heading = "TITLE", .min = 30, .give = 1},
    {.heading = "PRODUCT", .min = 12, .give = 2, .drop = 2},
};
const size_t crash_column_count = sizeof(crash_columns) / sizeof(crash_columns[0]);

static const struct table_column rate_columns[] = {
    {.heading = "VALUE", .min = 16, .give = 1},
    {.heading = "CRASHES", .right = 1},
    {.heading = "MACHINE-DAYS", .right = 1},
    {.heading = "MACHINES", .right = 1, .drop = 2},
    {.heading = "PER 1000", .right = 1},
    {.heading = "95 %", .right = 1},
    {.heading = "EXPECTED", .right = 1, .drop = 1},
    {.heading = "EVIDENCE"},
};

int crash_row(struct err *err, void *arg, const json_t *crash)
{
	struct table *table = arg;
	const char *title = ask_text(crash, "title");

	table_cell_time(table, ask_time(crash, "time"));
	table_cell(table, ask_text(crash, "mac"), SCREEN_PLAIN);
	table_cell(table, ask_text(crash, "signature"), SCREEN_PLAIN);
	table_cell(table, ask_text(crash, "channels"), SCREEN_PLAIN);
	table_cell(table, title[0] ? title : "(no title)", SCREEN_STRONG);
	table_cell(table, ask_text(crash, "product"), SCREEN_PLAIN);
	(void)err;
	return 0;
}

static void rate_row(struct table *table, const json_t *row, const char *value)
{
	const char *evidence = ask_text(row, "evidence");
	const double low = ask_real(row, "low", -1), high = ask_real(row, "high", -1);
	const double rate = ask_real(row, "rate", -1), expected = ask_real(row, "expected", -1);

	table_cell(table, value, SCREEN_PLAIN);
	table_cellf(table, "%lld", ask_number(row, "crashes", 0));
	table_cellf(table, "%.1f", ask_real(row, "machine_days", 0));
	table_cellf(table, "%lld", ask_number(row, "machines", 0));
	if (rate < 0)
		table_cell(table, "", SCREEN_PLAIN);
	else
		table_cellf(table, "%.1f", rate);
	if (low < 0 || high < 0)
		table_cell(table, "", SCREEN_PLAIN);
	else
		table_cellf(table, "%.1f to %.1f", low, high);
	if (expected < 0)
		table_cell(table, "", SCREEN_PLAIN);
	else
		table_cellf(table, "%.1f", expected);
	table_cell(table, evidence,
	    strcmp(evidence, "more") == 0    ? SCREEN_BAD
	    : strcmp(evidence, "fewer") == 0 ? SCREEN_GOOD
					     : SCREEN_PLAIN);
}

int crash_rates(struct err *err, const struct screen *screen, const json_t *rates)
{
	struct table *table =
	    table_begin(err, screen, rate_columns, sizeof(rate_columns) / sizeof(rate_columns[0]));
	json_t *row;
	size_t i;

	if (!table)
		return -1;
	json_array_foreach(json_object_get(rates, "rows"), i, row)
	{
		const char *value = ask_text(row, "value");

		rate_row(table, row, value[0] ? value : "(unknown)");
	}
	rate_row(table, json_object_get(rates, "total"), "(all)");
	return table_end(err, table);
}
