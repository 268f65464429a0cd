/* SPDX-License-Identifier: MIT */
/* options: the command line of lastwords-dmesg; see options.h. Reads argv, prints only the help. */
#include "options.h"

#include <string.h>

#include "base/num.h"

struct option_row {
	const char *name, *short_name; /* long, and short or NULL */
	const char *value; /* what it takes, for the help; NULL: nothing */
	int (*set)(struct err *err, struct options *options, const char *value);
	const char *help;
};

static int option_format(struct err *err, struct options *options, const char *value)
{
	static const struct {
		const char *name;
		enum render_form form;
	} forms[] = {{"text", RENDER_TEXT}, {"raw", RENDER_RAW}, {"ctime", RENDER_CTIME},
	    {"json", RENDER_JSON}};

	options->info = strcmp(value, "info") == 0;
	if (options->info)
		return 0;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (strcmp(value, forms[i].name) == 0) {
			options->form = forms[i].form;
			return 0;
		}
	}
	return err_set(err, "--format %.40s: text, raw, ctime, json or info", value);
}

static int option_raw(struct err *err, struct options *options, const char *value)
{
	(void)value;
	return option_format(err, options, "raw");
}

static int option_ctime(struct err *err, struct options *options, const char *value)
{
	(void)value;
	return option_format(err, options, "ctime");
}

static int option_json(struct err *err, struct options *options, const char *value)
{
	(void)value;
	return option_format(err, options, "json");
}

static int option_info(struct err *err, struct options *options, const char *value)
{
	(void)value;
	return option_format(err, options, "info");
}

static int option_callers(struct err *err, struct options *options, const char *value)
{
	if (strcmp(value, "yes") == 0)
		options->callers = 1;
	else if (strcmp(value, "no") == 0)
		options->callers = -1;
	else
		return err_set(err, "--callers %.40s: yes or no", value);
	return 0;
}

static int option_ship(struct err *err, struct options *options, const char *value)
{
	if (options->urls == OPTIONS_URLS)
		return err_set(err, "--ship: at most %d servers", OPTIONS_URLS);
	if (strncmp(value, "http://", 7) != 0 && strncmp(value, "https://", 8) != 0)
		return err_set(err, "--ship %.80s: an http:// URL", value);
	options->url[options->urls++] = value;
	return 0;
}

static int option_session(struct err *err, struct options *options, const char *value)
{
	(void)err;
	options->session_file = value;
	return 0;
}

static int option_id(struct err *err, struct options *options, const char *value)
{
	(void)err;
	options->session = value;
	return 0;
}

static int option_token(struct err *err, struct options *options, const char *value)
{
	(void)err;
	options->token = value;
	return 0;
}

static int option_udp(struct err *err, struct options *options, const char *value)
{
	(void)err;
	options->udp = value;
	return 0;
}

static int option_notes(struct err *err, struct options *options, const char *value)
{
	(void)err;
	options->notes = value;
	return 0;
}

static int option_deadline(struct err *err, struct options *options, const char *value)
{
	return num_int(err, "--deadline", value, 1, 86400, &options->deadline);
}

static int option_no_console(struct err *err, struct options *options, const char *value)
{
	(void)err;
	(void)value;
	options->no_console = 1;
	return 0;
}

static int option_help(struct err *err, struct options *options, const char *value)
{
	(void)err;
	(void)value;
	options->help = 1;
	return 0;
}

static const struct option_row option_table[] = {
    {"--format", "-f", "FORMAT", option_format, "text (as dmesg prints), raw, ctime, json or info"},
    {"--raw", NULL, NULL, option_raw, "with <N> prefixes, bytes as they are"},
    {"--ctime", NULL, NULL, option_ctime, "with the wall clock, reckoned from the crash's time"},
    {"--json", NULL, NULL, option_json, "one object a line"},
    {"--info", NULL, NULL, option_info, "what the dump says of itself, instead of the log"},
    {"--callers", NULL, "yes|no", option_callers,
	"print caller ids (default: as the kernel would)"},
    {"--ship", NULL, "URL", option_ship, "send the log to URL/crash/SESSION; up to 3 times"},
    {"--session", NULL, "FILE", option_session, "send it as FILE (session.conf) says"},
    {"--id", NULL, "SESSION", option_id, "the session, where there is no FILE"},
    {"--token", NULL, "TOKEN", option_token, "its token (or environment LASTWORDS_TOKEN)"},
    {"--udp", NULL, "ADDRESS:PORT", option_udp, "netconsole target, should HTTP fail"},
    {"--notes", NULL, "FILE", option_notes, "lines that go with the packets, should there be any"},
    {"--deadline", NULL, "SECONDS", option_deadline, "how long HTTP is tried (default 120)"},
    {"--no-console", NULL, NULL, option_no_console, "do not print the log when HTTP fails"},
    {"--help", "-h", NULL, option_help, "this text"},
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

/* The row of an argument; *value: what stands behind '=', or NULL. */
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
				return err_set(err, "one FILE, not both %.80s and %.80s",
				    options->file, argv[i]);
			options->file = argv[i];
			continue;
		}
		row = option_find(argv[i], &value);
		if (!row)
			return err_set(err, "unknown option %.80s", argv[i]);
		if (!row->value && value)
			return err_set(err, "%s takes no value", row->name);
		if (row->value && !value && i + 1 < argc)
			value = argv[++i];
		if (row->value && (!value || !*value))
			return err_set(err, "%s needs %s", row->name, row->value);
		if (row->set(err, options, value))
			return -1;
	}
	if (!options->file)
		options->file = "/proc/vmcore";
	return 0;
}
