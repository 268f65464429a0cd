/* SPDX-License-Identifier: MIT */
/*
 * options: the command line of each command, by one table. Parsing, usage line, --help and completion follow
 * from it.
 *
 * "--name VALUE", "--name=VALUE", "-n VALUE", "-nVALUE", "-fn VALUE"; options and arguments in any order; after
 * "--" all is an argument. Pure but for options_usage and options_help.
 */
#ifndef LASTWORDS_CLI_OPTIONS_H
#define LASTWORDS_CLI_OPTIONS_H

#include <stddef.h>
#include <stdio.h>

#include "base/err.h"

/* What the field of an option is, and how its value is parsed. */
enum options_kind {
	OPTIONS_FLAG, /* int, set to 1 */
	OPTIONS_TEXT, /* const char *, points into argv */
	OPTIONS_WORD, /* the same, one of those in the row's value: "last|first" */
	OPTIONS_NUMBER, /* int, least to most */
	OPTIONS_WHEN, /* int64_t, milliseconds: times_parse */
	OPTIONS_CALL, /* call does it */
};

struct options_row {
	const char *name; /* "--since", "-n" */
	const char *
	    value; /* its name in the help, and what completion offers (completion.h); NULL: none */
	const char *help;
	enum options_kind kind;
	int required; /* in the usage line without brackets */
	size_t field; /* its offset in the command's struct of options */
	int least, most; /* OPTIONS_NUMBER */
	int (*call)(struct err *err, void *field, const char *value); /* OPTIONS_CALL: 0/-1 */
};

enum options_result {
	OPTIONS_DONE,
	OPTIONS_USAGE, /* an unknown option, a missing value, too many or too few arguments */
	OPTIONS_INVALID, /* a value that the option does not take */
};

/*
 * rows end with a NULL name. The arguments are moved to argv[1] and what follows, and *argc is reduced to
 * them; there must be least to most of them. Only OPTIONS_DONE leaves err alone.
 */
enum options_result options_parse(struct err *err, int *argc, char **argv,
    const struct options_row *rows, int least, int most, void *options);

/* "usage: lastwords NAME [--since WHEN] ARGS" */
void options_usage(FILE *out, const char *name, const struct options_row *rows, const char *args);
/* A line for each row. */
void options_help(FILE *out, const struct options_row *rows);

#endif
