/* SPDX-License-Identifier: MIT */
/* options: the command line of lastwords-dmesg; see options.h. Reads argv, prints only the help. */
#include "options.h"

#include <stddef.h>
#include <string.h>

static int options_format(struct err *err, void *field, const char *value)
{
	static const char *const forms[] = {[RENDER_TEXT] = "text",
	    [RENDER_RAW] = "raw",
	    [RENDER_CTIME] = "ctime",
	    [RENDER_JSON] = "json"};
	struct options *options = field;

	options->info = strcmp(value, "info") == 0;
	if (options->info)
		return 0;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (strcmp(value, forms[i]) == 0) {
			options->form = (enum render_form)i;
			return 0;
		}
	}
	return err_set(err, "unknown format %.40s; write text, raw, ctime, json or info", value);
}

static int options_callers(struct err *err, void *field, const char *value)
{
	int *callers = field;

	if (strcmp(value, "yes") == 0)
		*callers = 1;
	else if (strcmp(value, "no") == 0)
		*callers = -1;
	else
		return err_set(err, "invalid --callers %.40s; write yes or no", value);
	return 0;
}

#define FIELD(name) offsetof(struct options, name)

static const struct option_row options_rows[] = {
    {"--format", "-f", "FORMAT", OPTION_CALL, 0, "text (as dmesg prints), raw, ctime, json or info",
	options_format},
    /* these are --format with their own name */
    {"--raw", NULL, NULL, OPTION_CALL, 0, "with <N> prefixes, bytes as they are", options_format},
    {"--ctime", NULL, NULL, OPTION_CALL, 0, "with the wall clock, from the time of the crash",
	options_format},
    {"--json", NULL, NULL, OPTION_CALL, 0, "one object a line", options_format},
    {"--info", NULL, NULL, OPTION_CALL, 0, "facts about the dump instead of the log",
	options_format},
    {"--callers", NULL, "yes|no", OPTION_CALL, FIELD(callers),
	"print caller ids (default: as the kernel would)", options_callers},
    TARGET_ROWS(struct options, "the log"),
    {"--udp", NULL, "ADDRESS:PORT", OPTION_TEXT, FIELD(udp),
	"where netconsole packets go if HTTP fails", NULL},
    {"--notes", NULL, "FILE", OPTION_TEXT, FIELD(notes), "lines to send with these packets", NULL},
    {"--facts", NULL, "FILE", OPTION_TEXT, FIELD(facts),
	"a line of key=value about the capture kernel, to send with the log", NULL},
    {"--no-console", NULL, NULL, OPTION_FLAG, FIELD(no_console),
	"do not print the log if HTTP fails", NULL},
    {"--help", "-h", NULL, OPTION_FLAG, FIELD(help), "this text", NULL},
};

enum { OPTIONS_ROWS = sizeof(options_rows) / sizeof(options_rows[0]) };

void options_help(FILE *out)
{
	fputs("usage: lastwords-dmesg [OPTION]... [FILE]\n"
	      "Prints, or sends, the kernel log of a crash dump (default /proc/vmcore).\n\n",
	    out);
	option_help(out, options_rows, OPTIONS_ROWS);
	fputs("\nExit: 0 whole, 1 nothing recovered, 2 usage, 3 with holes, 4 recovered but not "
	      "delivered.\n",
	    out);
}

int dmesg_options_parse(struct err *err, int argc, char **argv, struct options *options)
{
	memset(options, 0, sizeof(*options));
	if (option_parse(err, argc, argv, options_rows, OPTIONS_ROWS, options, &options->file))
		return -1;
	if (!options->file)
		options->file = "/proc/vmcore";
	return 0;
}
