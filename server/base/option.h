/* SPDX-License-Identifier: MIT */
/*
 * option: a program's command line, parsed by one table, which its --help is printed from.
 *
 * "--name VALUE" and "--name=VALUE"; "--" ends the options; at most one argument that is no option. Pure
 * but for option_help.
 */
#ifndef LASTWORDS_BASE_OPTION_H
#define LASTWORDS_BASE_OPTION_H

#include <stddef.h>
#include <stdio.h>

#include "err.h"

/* What the field of an option is, and how its value is parsed. */
enum option_kind {
	OPTION_TEXT, /* const char *, points into argv */
	OPTION_FLAG, /* int, set to 1 */
	OPTION_SECONDS, /* int, 1 to 86400 */
	OPTION_CALL, /* parse does it */
};

struct option_row {
	const char *name, *short_name; /* short_name may be NULL */
	const char *value; /* its name in the help; NULL: the option has none */
	enum option_kind kind;
	size_t field; /* its offset in the program's struct of options */
	const char *help;
	/* OPTION_CALL: field is at that offset; value: the text, or the option's name without "--". 0/-1. */
	int (*parse)(struct err *err, void *field, const char *value);
};

/* 0, or -1: wrong usage. *file: the argument that is no option, or NULL. Strings point into argv. */
int option_parse(struct err *err, int argc, char **argv, const struct option_row *rows,
    size_t count, void *options, const char **file);
/* A line for each row. */
void option_help(FILE *out, const struct option_row *rows, size_t count);

#endif
