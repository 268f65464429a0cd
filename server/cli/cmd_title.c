/* SPDX-License-Identifier: MIT */
/* lastwords title: class, title and signature of a kernel log. */
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "cli.h"
#include "host/input.h"
#include "report/report.h"
#include "screen/print.h"

enum { REPORT_INPUT_MAX = 64 << 20, TITLE_JSON_MAX = 16384 };

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
	print_row(name, 10, value);
}

struct title_options {
	int json;
};

const struct options_row title_options[] = {
    {.name = "--json",
	.help = "one object",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct title_options, json)},
    {.name = NULL},
};

static void title_text(const struct report *report)
{
	title_row("severity", report_severity_name(report->severity));
	title_row("class", report->class);
	title_row("title", report->title);
	title_row("signature", report->signature);
	title_row("function", report->function);
	title_row("release", report->release);
	title_row("comm", report->comm);
	if (report->pid >= 0)
		printf("%-10s%ld\n", "pid", report->pid);
	title_row("taint", report->taint);
	title_row("hardware", report->hardware);
	title_row("modules", report->modules);
	title_row("rip", report->rip);
	title_row("build id", report->build_id);
	if (report->cpu >= 0)
		printf("%-10s%d\n", "cpu", report->cpu);
	printf("%-10s%zu\n", "line", report->line + 1);
	if (report->corrupted)
		printf("%-10s%s\n", "corrupted", "yes");
}

static int title_json(struct err *err, const struct report *report)
{
	struct kv_out out;

	if (print_begin(err, &out, TITLE_JSON_MAX))
		return -1;
	kv_out_raw(&out, "{");
	json_pair(&out, "severity", report_severity_name(report->severity));
	json_pair(&out, "class", report->class);
	json_pair(&out, "title", report->title);
	json_pair(&out, "signature", report->signature);
	json_known(&out, "function", report->function);
	json_known(&out, "release", report->release);
	json_known(&out, "task", report->comm);
	json_number(&out, "pid", report->pid);
	json_known(&out, "taint", report->taint);
	json_known(&out, "hardware", report->hardware);
	json_known(&out, "modules", report->modules);
	json_known(&out, "rip", report->rip);
	json_known(&out, "build_id", report->build_id);
	json_number(&out, "cpu", report->cpu);
	json_number(&out, "line", (long long)report->line + 1);
	json_key(&out, "corrupted");
	kv_out_raw(&out, report->corrupted ? "true}\n" : "false}\n");
	return print_end(err, &out);
}

int cmd_title(struct cli *cli, int argc, char **argv)
{
	struct title_options options = {.json = 0};
	struct report report;
	struct err err;
	uint64_t left_out;
	char *text;
	size_t len;
	int found, rc = cli_take(cli, &argc, argv, &options);

	if (rc)
		return rc;
	if (input_read_end(
		&err, argc > 1 ? argv[1] : "-", REPORT_INPUT_MAX, &text, &len, &left_out))
		return cli_fail(&err);
	if (left_out)
		fprintf(stderr, "lastwords: only the last %d MB were read; %llu byte%s left out\n",
		    REPORT_INPUT_MAX >> 20, (unsigned long long)left_out,
		    left_out == 1 ? " was" : "s were");
	found = report_find(text, title_plain(text, len), &report);
	free(text);
	if (!report.class[0]) {
		fprintf(stderr, "lastwords: no crash in this log\n");
		return CLI_FAILED;
	}
	if (!options.json)
		title_text(&report);
	else if (title_json(&err, &report))
		return cli_fail(&err);
	/* A warning is printed, but is not a crash. */
	return found ? CLI_OK : CLI_FAILED;
}
