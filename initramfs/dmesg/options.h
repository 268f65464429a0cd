/* SPDX-License-Identifier: MIT */
/*
 * options: the command line of lastwords-dmesg. One table drives parsing and --help.
 */
#ifndef DMESG_OPTIONS_H
#define DMESG_OPTIONS_H

#include <stdio.h>

#include "base/err.h"
#include "render.h"
#include "ship/target.h"

struct options {
	const char *file; /* never standard input: a dump is read by offset */
	enum render_form form;
	int info; /* --info instead of the log */
	int callers; /* as in struct render */
	/* NULL: not given */
	const char *udp, *notes, *facts;
	struct target_options target;
	int no_console;
	int help;
};

/* 0, or -1: wrong usage. Strings point into argv. */
int dmesg_options_parse(struct err *err, int argc, char **argv, struct options *options);
void options_help(FILE *out);

#endif
