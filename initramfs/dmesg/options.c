/* SPDX-License-Identifier: MIT */
/* options: the command line of lastwords-dmesg; see options.h. Reads argv, prints only the help. */
#include "options.h"

#include <stddef.h>
#include <string.h>

#include "base/num.h"

/* How an option's value is parsed, and the field of struct options that gets it. */
enum option_kind {
	OPTION_TEXT,
	OPTION_FLAG,
	OPTION_SECONDS,
	OPTION_FORMAT,
	OPTION_CALLERS,
	OPTION_URL
};

struct option_row {
	const char *name, *short_name; /* short_name may be NULL */
	const char *value; /* its name in the help; NULL: the option has none */
	enum option_kind kind;
	size_t field;
	const char *help;
};

#define FIELD(name) offsetof(struct options, name)

static const struct option_row option_table[] = {
    {"--format", "-f", "FORMAT", OPTION_FORMAT, 0,
	"text (as dmesg prints), raw, ctime, json or info"},
    {"--raw", NULL, NULL, OPTION_FORMAT, 0, "with <N> prefixes, bytes as they are"},
    {"--ctime", NULL, NULL, OPTION_FORMAT, 0, "with the wall clock, from the time of the crash"},
    {"--json", NULL, NULL, OPTION_FORMAT, 0, "one object a line"},
    {"--info", NULL, NULL, OPTION_FORMAT, 0, "facts about the dump instead of the log"},
    {"--callers", NULL, "yes|no", OPTION_CALLERS, 0,
	"print caller ids (default: as the kernel would)"},
    {"--ship", NULL, "URL", OPTION_URL, 0, "send the log to URL/crash/SESSION; up to 3 times"},
    {"--session", NULL, "FILE", OPTION_TEXT, FIELD(session_file),
	"send it as configured in FILE (session.conf)"},
    {"--id", NULL, "SESSION", OPTION_TEXT, FIELD(session), "the session, if there is no FILE"},
    {"--token", NULL, "TOKEN", OPTION_TEXT, FIELD(token),
	"its token (or environment LASTWORDS_TOKEN)"},
    {"--udp", NULL, "ADDRESS:PORT", OPTION_TEXT, FIELD(udp),
	"where netconsole packets go if HTTP fails"},
    {"--notes", NULL, "FILE", OPTION_TEXT, FIELD(notes), "lines to send with these packets"},
    {"--deadline", NULL, "SECONDS", OPTION_SECONDS, FIELD(deadline),
	"how long HTTP is tried (default 120)"},
    {"--no-console", NULL, NULL, OPTION_FLAG, FIELD(no_console),
	"do not print the log if HTTP fails"},
    {"--help", "-h", NULL, OPTION_FLAG, FIELD(help), "this text"},
};

enum { OPTION_ROWS = sizeof(option_table) / sizeof(option_table[0]) };

void options_help(FILE *out)
{
	fputs("usage: lastwords-dmesg [OPTION]... [FILE]\n"
	      "Prints, or sends, the kernel log of a crash dump (default /proc/vmcore).\n\n",
	    out);
	for (size_t i = 0; i < OPTION_ROWS; i++) {
		const struct option_row *row = &option_table[i];
		char left[48];

		snprintf(left, sizeof(left), "%s%s%s%s%s", row->short_name ? row->short_name : "",
		    row->short_name ? ", " : "", row->name, row->value ? " " : "",
		    row->value ? row->value : "");
		fprintf(out, "  %-22s %s\n", left, row->help);
	}
	fputs("\nExit: 0 whole, 1 nothing recovered, 2 usage, 3 with holes, 4 recovered but not "
	      "delivered.\n",
	    out);
}

/* The row of an argument; *value: the text after '=', or NULL. */
static const struct option_row *option_find(const char *arg, const char **value)
{
	const char *eq = strchr(arg, '=');
	size_t len = eq ? (size_t)(eq - arg) : strlen(arg);

	*value = eq ? eq + 1 : NULL;
	for (size_t i = 0; i < OPTION_ROWS; i++) {
		const struct option_row *row = &option_table[i];

		if (strlen(row->name) == len && strncmp(arg, row->name, len) == 0)
			return row;
		if (row->short_name && !eq && strcmp(arg, row->short_name) == 0)
			return row;
	}
	return NULL;
}

static int option_format(struct err *err, struct options *options, const char *value)
{
	static const char *const forms[] = {[RENDER_TEXT] = "text",
	    [RENDER_RAW] = "raw",
	    [RENDER_CTIME] = "ctime",
	    [RENDER_JSON] = "json"};

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

static int option_callers(struct err *err, struct options *options, const char *value)
{
	if (strcmp(value, "yes") == 0)
		options->callers = 1;
	else if (strcmp(value, "no") == 0)
		options->callers = -1;
	else
		return err_set(err, "invalid --callers %.40s; write yes or no", value);
	return 0;
}

static int option_url(struct err *err, struct options *options, const char *value)
{
	if (options->urls == OPTIONS_URLS)
		return err_set(err, "more than %d servers; leave some --ship out", OPTIONS_URLS);
	if (strncmp(value, "http://", 7) != 0 && strncmp(value, "https://", 8) != 0)
		return err_set(err, "invalid --ship %.80s; write http://HOST[:PORT]", value);
	options->url[options->urls++] = value;
	return 0;
}

static int option_set(
    struct err *err, struct options *options, const struct option_row *row, const char *value)
{
	char *field = (char *)options + row->field;

	switch (row->kind) {
	case OPTION_TEXT:
		*(const char **)field = value;
		return 0;
	case OPTION_FLAG:
		*(int *)field = 1;
		return 0;
	case OPTION_SECONDS:
		return num_int(err, row->name, value, 1, 86400, (int *)field);
	case OPTION_FORMAT: /* --raw is --format raw */
		return option_format(err, options, row->value ? value : row->name + 2);
	case OPTION_CALLERS:
		return option_callers(err, options, value);
	case OPTION_URL:
		return option_url(err, options, value);
	}
	return -1;
}

int options_parse(struct err *err, int argc, char **argv, struct options *options)
{
	int only_files = 0;

	memset(options, 0, sizeof(*options));
	options->deadline = -1;
	for (int i = 1; i < argc; i++) {
		const struct option_row *row;
		const char *value;

		if (!only_files && strcmp(argv[i], "--") == 0) {
			only_files = 1;
			continue;
		}
		if (only_files || argv[i][0] != '-') {
			if (options->file)
				return err_set(err, "two files, %.80s and %.80s; name one",
				    options->file, argv[i]);
			options->file = argv[i];
			continue;
		}
		row = option_find(argv[i], &value);
		if (!row)
			return err_set(err, "unknown option %.80s; --help lists them", argv[i]);
		if (!row->value && value)
			return err_set(err, "%s has no value; write it alone", row->name);
		if (row->value && !value && i + 1 < argc)
			value = argv[++i];
		if (row->value && (!value || !*value))
			return err_set(err, "missing value; write %s %s", row->name, row->value);
		if (option_set(err, options, row, value))
			return -1;
	}
	if (!options->file)
		options->file = "/proc/vmcore";
	return 0;
}
