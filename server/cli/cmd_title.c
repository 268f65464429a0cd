/* SPDX-License-Identifier: MIT */
/* lastwords title: class, title and signature of a kernel log. */
#include <stdio.h>
#include <stdlib.h>

#include "cli.h"
#include "report/report.h"

enum { REPORT_INPUT_MAX = 64 << 20 };

/* Takes terminal sequences out (dmesg --color=always): ESC [ … and a final byte. The length left. */
static size_t title_plain(char *text, size_t len)
{
	size_t to = 0;

	for (size_t at = 0; at < len; at++) {
		if (text[at] == '\033' && at + 1 < len && text[at + 1] == '[') {
			for (at += 2; at < len && (text[at] < '@' || text[at] > '~'); at++)
				;
			continue;
		}
		text[to++] = text[at];
	}
	return to;
}

static void title_row(const char *name, const char *value)
{
	cli_print_row(name, 10, value);
}

int cmd_title(struct cli *cli, int argc, char **argv)
{
	struct report report;
	struct err err;
	uint64_t left_out;
	char *text;
	size_t len;
	int found;

	(void)cli;
	if (argc > 2)
		return cli_usage(argv[0]);
	if (cli_read_end(&err, argc == 2 ? argv[1] : "-", REPORT_INPUT_MAX, &text, &len, &left_out))
		return cli_fail(&err);
	if (left_out)
		fprintf(stderr,
		    "lastwords: only the last %d MB were read; %llu bytes were left out\n",
		    REPORT_INPUT_MAX >> 20, (unsigned long long)left_out);
	found = report_find(text, title_plain(text, len), &report);
	free(text);
	if (!report.class[0]) {
		fprintf(stderr, "lastwords: no crash in this log\n");
		return CLI_FAILED;
	}
	title_row("severity", report_severity_name(report.severity));
	title_row("class", report.class);
	title_row("title", report.title);
	title_row("signature", report.signature);
	title_row("function", report.function);
	title_row("release", report.release);
	title_row("comm", report.comm);
	if (report.pid >= 0)
		printf("%-10s%ld\n", "pid", report.pid);
	title_row("taint", report.taint);
	title_row("hardware", report.hardware);
	title_row("modules", report.modules);
	title_row("rip", report.rip);
	title_row("build id", report.build_id);
	if (report.cpu >= 0)
		printf("%-10s%d\n", "cpu", report.cpu);
	printf("%-10s%zu\n", "line", report.line + 1);
	if (report.corrupted)
		printf("%-10s%s\n", "corrupted", "yes");
	/* A warning is printed, but is not a crash. */
	return found ? CLI_OK : CLI_FAILED;
}
