/* SPDX-License-Identifier: MIT */
/* show_group: all that is known of a signature, as text; see show_group.h. */
#include "show_group.h"

#include <stdio.h>
#include <string.h>

#include "ask.h"
#include "crash_tables.h"
#include "screen/print.h"

enum { GROUP_TEXT_MAX = 1024, GROUP_WIDTH = 11 };

static const struct table_column correlation_columns[] = {
    {.heading = "FACT"},
    {.heading = "VALUE", .min = 16, .give = 1},
    {.heading = "HERE", .right = 1},
    {.heading = "OTHERS", .right = 1},
    {.heading = "FLEET", .right = 1, .drop = 1},
};

static void group_texts(const json_t *group, const char *name, const char *key)
{
	char text[GROUP_TEXT_MAX];

	ask_texts(group, key, text, sizeof(text));
	print_row(name, GROUP_WIDTH, text);
}

static void group_time(
    const struct screen *screen, const json_t *object, const char *name, const char *key)
{
	char when[SCREEN_TIME_MAX];
	int64_t ms = ask_time(object, key);

	if (!ms)
		return;
	screen_time_both(screen, ms, when);
	print_row(name, GROUP_WIDTH, when);
}

static void group_count(const json_t *group)
{
	long long crashes = ask_number(group, "count", 0),
		  machines = ask_number(group, "machines", 0);

	printf("%-11s%lld crash%s on %lld machine%s\n", "count", crashes, crashes == 1 ? "" : "es",
	    machines, cli_plural((unsigned long long)machines));
}

/* Few machines or a bug: "concentration". */
static void group_spread(const json_t *group)
{
	const json_t *concentration = json_object_get(group, "concentration");
	const char *verdict = ask_text(concentration, "verdict");

	if (strcmp(verdict, "few machines") == 0)
		printf(
		    "%-11sfew machines: %.0f %% of the crashes on one; by chance with p = %.2g\n",
		    "spread", 100 * ask_real(concentration, "top", 0),
		    ask_real(concentration, "p", 1));
	else if (strcmp(verdict, "spread") == 0)
		printf("%-11sover the fleet, as by chance\n", "spread");
	else
		printf("%-11s%s\n", "spread", verdict);
}

static void group_facts(const struct screen *screen, const json_t *group)
{
	const char *title = ask_text(group, "title");

	print_row("signature", GROUP_WIDTH, ask_text(group, "signature"));
	print_row("title", GROUP_WIDTH, title[0] ? title : "(no title)");
	print_row("class", GROUP_WIDTH, ask_text(group, "class"));
	print_row("function", GROUP_WIDTH, ask_text(group, "function"));
	print_row("state", GROUP_WIDTH, ask_text(group, "state"));
	group_time(screen, group, "until", "until");
	print_row("fixed in", GROUP_WIDTH, ask_text(group, "fixed_in"));
	group_texts(group, "tags", "tags");
	group_texts(group, "duplicates", "duplicates");
	group_count(group);
	group_time(screen, group, "first", "first");
	group_time(screen, group, "last", "last");
	group_texts(group, "releases", "releases");
	group_spread(group);
}

static void group_share(struct table *table, const json_t *row, const char *key)
{
	double share = ask_real(row, key, -1);

	if (share < 0)
		table_cell(table, "", SCREEN_PLAIN);
	else
		table_cellf(table, "%.0f %%", 100 * share);
}

static int group_correlations(struct err *err, const struct screen *screen, const json_t *group)
{
	const json_t *rows = json_object_get(group, "correlations");
	struct table *table;
	json_t *row;
	size_t i;

	if (json_array_size(rows) == 0)
		return 0;
	printf("\nwhat stands out:\n");
	table = table_begin(err, screen, correlation_columns,
	    sizeof(correlation_columns) / sizeof(correlation_columns[0]));
	if (!table)
		return -1;
	json_array_foreach(rows, i, row)
	{
		table_cell(table, ask_text(row, "field"), SCREEN_PLAIN);
		table_cell(table, ask_text(row, "value"), SCREEN_PLAIN);
		group_share(table, row, "share");
		group_share(table, row, "others");
		group_share(table, row, "fleet");
	}
	return table_end(err, table);
}

static int group_crashes(
    struct err *err, const struct screen *screen, const json_t *group, int most)
{
	struct table *table;
	json_t *row;
	size_t i;

	if (most <= 0)
		return 0;
	printf("\nnewest crashes:\n");
	table = table_begin(err, screen, crash_columns, crash_column_count);
	if (!table)
		return -1;
	json_array_foreach(json_object_get(group, "crashes"), i, row)
	{
		if (i == (size_t)most)
			break;
		crash_row(err, table, row);
	}
	return table_end(err, table);
}

static void group_notes(const struct screen *screen, const json_t *group)
{
	char when[SCREEN_TIME_MAX];
	json_t *note;
	size_t i;

	json_array_foreach(json_object_get(group, "notes"), i, note)
	{
		screen_time_both(screen, ask_time(note, "time"), when);
		printf("%s%s, %s:\n  ", i ? "" : "\nnotes:\n", when, ask_text(note, "by"));
		print_safe(ask_text(note, "text"));
		printf("\n");
	}
}

int show_group(struct err *err, const struct screen *screen, const json_t *group, int crashes)
{
	group_facts(screen, group);
	if (group_correlations(err, screen, group))
		return -1;
	printf("\nby release:\n");
	if (crash_rates(err, screen, json_object_get(group, "rates")) ||
	    group_crashes(err, screen, group, crashes))
		return -1;
	group_notes(screen, group);
	return 0;
}
