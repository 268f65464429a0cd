/* SPDX-License-Identifier: MIT */
/* lastwords title: class, title and signature of any kernel log, by the code that names crashes. */
#include <stdio.h>
#include <stdlib.h>

#include "cli.h"
#include "title.h"

enum { TITLE_INPUT_MAX = 64 << 20 };

static void title_row(const char *name, const char *value)
{
	cli_print_row(name, 10, value);
}

int cmd_title(struct cli *cli, int argc, char **argv)
{
	struct title title;
	struct err err;
	char *text;
	size_t len;
	int found;

	(void)cli;
	if (argc > 2)
		return cli_usage(argv[0]);
	if (cli_read_input(&err, argc == 2 ? argv[1] : "-", TITLE_INPUT_MAX, &text, &len))
		return cli_fail(&err);
	found = title_find(text, len, &title);
	free(text);
	if (!title.class[0]) {
		fprintf(stderr, "lastwords: no crash in this log\n");
		return CLI_FAILED;
	}
	title_row("severity", title_severity_name(title.severity));
	title_row("class", title.class);
	title_row("title", title.title);
	title_row("signature", title.signature);
	title_row("function", title.function);
	title_row("release", title.release);
	title_row("comm", title.comm);
	title_row("taint", title.taint);
	title_row("hardware", title.hardware);
	title_row("modules", title.modules);
	title_row("rip", title.rip);
	title_row("build id", title.build_id);
	if (title.cpu >= 0)
		printf("%-10s%d\n", "cpu", title.cpu);
	printf("%-10s%zu\n", "line", title.line + 1);
	if (title.corrupted)
		printf("%-10s%s\n", "corrupted", "yes");
	/* A warning is told, and is no crash. */
	return found ? CLI_OK : CLI_FAILED;
}
