/* SPDX-License-Identifier: MIT */
/* cli_table: lists on terminals of several widths and in pipes: what is cut, left out, marked, escaped. */
#include "cli/screen/table.h"

#include <stdlib.h>

#include "tap.h"

static const struct table_column columns[] = {
    {.heading = "WHEN"},
    {.heading = "MACHINE", .drop = 1},
    {.heading = "N", .right = 1},
    {.heading = "SESSION", .min = 8, .give = 2, .drop = 2},
    {.heading = "TITLE", .min = 10, .give = 1},
};

static struct screen screen;
static char *text;
static size_t text_len;

/* rows of the same cells; what is printed is in text */
static void print(int terminal, int width, int rows)
{
	struct table *table;
	struct err err;

	free(text);
	memset(&screen, 0, sizeof(screen));
	screen.out = open_memstream(&text, &text_len);
	screen.terminal = terminal;
	screen.width = width;
	screen.height = 24;
	screen.utf8 = 1;
	table = table_begin(&err, &screen, columns, 5);
	for (int i = 0; i < rows; i++) {
		table_cell(table, "3 min ago", SCREEN_PLAIN);
		table_cell(table, "52:54:00:aa:00:01", SCREEN_PLAIN);
		table_cellf(table, "%d", 7);
		table_cell(table, "525400aa0001-20261121T0936", SCREEN_PLAIN);
		table_cell(table, i ? "" : "kernel\033[31m panic\t\xc3\xa9", SCREEN_STRONG);
	}
	is_num((long)table_rows(table), rows, "all rows are counted");
	ok(table_end(&err, table) == 0, "the table ends");
	fclose(screen.out);
}

/* The longest line, in columns ("…" is one). */
static int widest(void)
{
	int most = 0, width = 0;

	for (const char *c = text; *c; c++) {
		width = *c == '\n' ? 0 : width + ((*c & 0xc0) != 0x80);
		most = width > most ? width : most;
	}
	return most;
}

int main(void)
{
	static const char line[] = "3 min ago  52:54:00:aa:00:01  7  525400aa0001…  -\n";
	const size_t line_len = sizeof(line) - 1;

	print(0, 40, 2);
	is(text,
	    "3 min ago\t52:54:00:aa:00:01\t7\t525400aa0001-20261121T0936\tkernel\\x1b[31m panic\\x09\\xc3\\xa9\n"
	    "3 min ago\t52:54:00:aa:00:01\t7\t525400aa0001-20261121T0936\t-\n",
	    "in a pipe: tabs, no heading, nothing cut, escaped, \"-\" for nothing");
	print(1, 200, 1);
	is(text,
	    "WHEN       MACHINE            N  SESSION                     TITLE\n"
	    "3 min ago  52:54:00:aa:00:01  7  525400aa0001-20261121T0936  kernel\\x1b[31m panic\\x09\\xc3\\xa9\n",
	    "on a wide terminal: a heading, columns as wide as they need");
	print(1, 80, 1);
	is(text,
	    "WHEN       MACHINE            N  SESSION        TITLE\n"
	    "3 min ago  52:54:00:aa:00:01  7  525400aa0001…  kernel\\x1b[31m panic\\x09\\xc3\\xa9\n",
	    "at 80: the column that gives first is cut, and marked");
	is_num(widest(), 80, "the row is exactly 80 wide");
	print(1, 60, 1);
	is(text,
	    "WHEN       MACHINE            N  SESSION   TITLE\n"
	    "3 min ago  52:54:00:aa:00:01  7  525400a…  kernel\\x1b[31m p…\n",
	    "at 60: the other is cut, too");
	is_num(widest(), 60, "the row is exactly 60 wide");
	print(1, 45, 1);
	is(text,
	    "WHEN       MACHINE            N  TITLE\n"
	    "3 min ago  52:54:00:aa:00:01  7  kernel\\x1b[…\n",
	    "at 45: the column with the highest drop is left out");
	print(1, 30, 1);
	is(text, "WHEN       N  TITLE\n3 min ago  7  kernel\\x1b[31m …\n", "at 30: the next, too");
	print(1, 10, 1);
	ok(strstr(text, "3 min ago  7  kernel\\x1…") != NULL,
	    "too narrow for anything: the least widths");
	print(1, 80, 3000);
	ok(text_len > 100 && strcmp(text + text_len - line_len, line) == 0,
	    "rows after the first thousand have the same widths");
	print(1, 80, 0);
	is(text, "", "without rows no heading");

	screen.colour = 1;
	is(screen_begin(&screen, SCREEN_BAD), "\033[31m", "a colour begins");
	is(screen_end(&screen, SCREEN_PLAIN), "", "plain text has no end");
	screen.colour = 0;
	is(screen_begin(&screen, SCREEN_BAD), "", "no colours, no codes");
	free(text);
	return tap_done();
}
