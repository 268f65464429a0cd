/* SPDX-License-Identifier: MIT */
/* cli_options: a command's options and arguments by its table: each form, each mistake. */
#include "cli/options.h"

#include <stdlib.h>

#include "tap.h"

struct given {
	int json, number, called;
	const char *text, *word;
	int64_t when_ms;
};

static struct given given;
static struct err err;
static char *argv[16];
static int argc;

static int call(struct err *e, void *field, const char *value)
{
	if (strcmp(value, "bad") == 0)
		return err_set(e, "bad is bad");
	*(int *)field += (int)strlen(value);
	return 0;
}

#define FIELD(name) .field = offsetof(struct given, name)

static const struct options_row rows[] = {
    {.name = "--json", .help = "j", .kind = OPTIONS_FLAG, FIELD(json)},
    {.name = "-f", .help = "f", .kind = OPTIONS_FLAG, FIELD(json)},
    {.name = "-n",
	.value = "N",
	.help = "n",
	.kind = OPTIONS_NUMBER,
	FIELD(number),
	.least = 1,
	.most = 50},
    {.name = "--text", .value = "TEXT", .help = "t", .kind = OPTIONS_TEXT, FIELD(text)},
    {.name = "--sort", .value = "last|first|count", .help = "o", .kind = OPTIONS_WORD, FIELD(word)},
    {.name = "--since", .value = "WHEN", .help = "s", .kind = OPTIONS_WHEN, FIELD(when_ms)},
    {.name = "--call",
	.value = "X",
	.help = "c",
	.required = 1,
	.kind = OPTIONS_CALL,
	.call = call,
	FIELD(called)},
    {.name = NULL},
};

static enum options_result parse(const char *line)
{
	static char words[200];
	char *save = NULL;
	static char name[] = "list";

	memset(&given, 0, sizeof(given));
	snprintf(words, sizeof(words), "%s", line);
	argc = 1;
	argv[0] = name;
	for (char *word = strtok_r(words, " ", &save); word; word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	return options_parse(&err, &argc, argv, rows, 0, 2, &given);
}

static void refused(const char *line, enum options_result want, const char *why)
{
	enum options_result rc = parse(line);

	ok(rc == want && strstr(err.msg, why), "\"%s\" is refused: %s", line, err.msg);
}

int main(void)
{
	char *text = NULL;
	size_t len;
	FILE *out;

	ok(parse("") == OPTIONS_DONE && argc == 1, "nothing");
	ok(parse("a --json b") == OPTIONS_DONE && given.json && argc == 3 &&
		strcmp(argv[1], "a") == 0 && strcmp(argv[2], "b") == 0,
	    "options between arguments");
	ok(parse("-n 7") == OPTIONS_DONE && given.number == 7, "-n VALUE");
	ok(parse("-n7 x") == OPTIONS_DONE && given.number == 7 && argc == 2, "-nVALUE");
	ok(parse("-fn 7") == OPTIONS_DONE && given.number == 7 && given.json, "-fn VALUE");
	ok(parse("--text=a=b") == OPTIONS_DONE && strcmp(given.text, "a=b") == 0, "--name=VALUE");
	ok(parse("--text=") == OPTIONS_DONE && given.text[0] == '\0', "an empty value");
	ok(parse("--text --json") == OPTIONS_DONE && strcmp(given.text, "--json") == 0 &&
		!given.json,
	    "a value that looks like an option");
	ok(parse("-- --json -n") == OPTIONS_DONE && argc == 3 && !given.json,
	    "after -- all is an argument");
	ok(parse("-") == OPTIONS_DONE && argc == 2, "\"-\" is an argument");
	ok(parse("--call ab --call cd") == OPTIONS_DONE && given.called == 4, "a repeated option");
	ok(parse("--since 2026-11-21") == OPTIONS_DONE && given.when_ms == 1795219200000, "a time");
	ok(parse("--sort first") == OPTIONS_DONE && strcmp(given.word, "first") == 0, "a word");
	refused("--sort las", OPTIONS_INVALID, "invalid --sort \"las\"; use last, first or count");
	refused("--sort=", OPTIONS_INVALID, "invalid --sort \"\"");
	refused("--jso", OPTIONS_USAGE, "unknown option \"--jso\"; see lastwords list --help");
	refused("-x", OPTIONS_USAGE, "unknown option \"-x\"");
	refused("-fx", OPTIONS_USAGE, "unknown option \"-fx\"");
	refused("--json=1", OPTIONS_USAGE, "--json has no value");
	refused("--text", OPTIONS_USAGE, "missing value; write --text TEXT");
	refused("-n", OPTIONS_USAGE, "missing value; write -n N");
	refused("a b c", OPTIONS_USAGE, "unexpected argument \"c\"");
	refused("-n 51", OPTIONS_INVALID, "-n");
	refused("-n 1x", OPTIONS_INVALID, "-n");
	refused("--since never", OPTIONS_INVALID, "invalid --since");
	refused("--call bad", OPTIONS_INVALID, "bad is bad");
	parse("");
	ok(options_parse(&err, &argc, argv, rows, 1, 2, &given) == OPTIONS_USAGE &&
		strstr(err.msg, "missing argument"),
	    "too few arguments");

	out = open_memstream(&text, &len);
	options_usage(out, "list", rows, "[PART]");
	options_help(out, rows);
	fclose(out);
	is(text,
	    "usage: lastwords list [--json] [-f] [-n N] [--text TEXT]\n"
	    "        [--sort last|first|count] [--since WHEN] --call X [PART]\n"
	    "  --json                  j\n"
	    "  -f                      f\n"
	    "  -n N                    n\n"
	    "  --text TEXT             t\n"
	    "  --sort last|first|count o\n"
	    "  --since WHEN            s\n"
	    "  --call X                c\n",
	    "usage and help");
	free(text);
	return tap_done();
}
