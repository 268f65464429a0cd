/* SPDX-License-Identifier: MIT */
/* option: command lines by one table: each form, each mistake, and the help. */
#include "base/option.h"

#include <stdlib.h>

#include "tap.h"

struct options {
	const char *text;
	int flag, seconds, called;
};

static struct options options;
static const char *file;
static struct err err;

static int call(struct err *e, void *field, const char *value)
{
	if (strcmp(value, "bad") == 0)
		return err_set(e, "bad is bad");
	*(int *)field += (int)strlen(value);
	return 0;
}

#define FIELD(name) offsetof(struct options, name)

static const struct option_row rows[] = {
    {"--text", "-t", "TEXT", OPTION_TEXT, FIELD(text), "a text", NULL},
    {"--flag", NULL, NULL, OPTION_FLAG, FIELD(flag), "a flag", NULL},
    {"--seconds", NULL, "SECONDS", OPTION_SECONDS, FIELD(seconds), "a time", NULL},
    {"--call", NULL, "X", OPTION_CALL, FIELD(called), "a function", call},
    {"--bare", NULL, NULL, OPTION_CALL, FIELD(called), "a function without a value", call},
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

/* The words of a command line. */
static int parse(const char *line)
{
	static char words[200];
	char *argv[16] = {(char *)"program"}, *save = NULL;
	int argc = 1;

	memset(&options, 0, sizeof(options));
	snprintf(words, sizeof(words), "%s", line);
	for (char *word = strtok_r(words, " ", &save); word; word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	return option_parse(&err, argc, argv, rows, ROWS, &options, &file);
}

static void refused(const char *line, const char *why)
{
	ok(parse(line) == -1 && strstr(err.msg, why), "\"%s\" is refused: %s", line, err.msg);
}

int main(void)
{
	char *help = NULL;
	size_t len;
	FILE *out;

	ok(parse("") == 0 && !file && !options.flag, "an empty command line");
	ok(parse("--text a --flag --seconds 20 core") == 0, "options and a file");
	is(options.text, "a", "a text");
	is_num(options.flag, 1, "a flag");
	is_num(options.seconds, 20, "seconds");
	is(file, "core", "the file");
	ok(parse("core --text=a=b") == 0 && strcmp(options.text, "a=b") == 0 && file,
	    "a value behind =, after the file");
	ok(parse("-t x") == 0 && strcmp(options.text, "x") == 0, "a short name");
	ok(parse("--text --flag") == 0 && strcmp(options.text, "--flag") == 0 && !options.flag,
	    "a value may begin like an option");
	ok(parse("--call abc --call=de --bare") == 0 && options.called == 9,
	    "a function gets the value, or the option's name");
	ok(parse("-- --flag") == 0 && strcmp(file, "--flag") == 0, "after -- all is a file");
	refused("--nothing", "unknown option --nothing");
	refused("--fla", "unknown option --fla");
	refused("--flagg", "unknown option --flagg");
	refused("-t=x", "unknown option -t=x");
	refused("-", "unknown option -");
	refused("--flag=1", "--flag has no value");
	refused("--text", "write --text TEXT");
	refused("--text=", "write --text TEXT");
	refused("--seconds 0", "--seconds");
	refused("--seconds 86401", "--seconds");
	refused("--seconds -1", "--seconds");
	refused("--seconds 1s", "--seconds");
	refused("--call bad", "bad is bad");
	refused("a b", "two files, a and b");
	out = open_memstream(&help, &len);
	if (!out)
		return 1;
	option_help(out, rows, ROWS);
	fclose(out);
	is(help,
	    "  -t, --text TEXT        a text\n  --flag                 a flag\n"
	    "  --seconds SECONDS      a time\n  --call X               a function\n"
	    "  --bare                 a function without a value\n",
	    "the help has a line for each");
	free(help);
	return tap_done();
}
