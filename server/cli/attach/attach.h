/* SPDX-License-Identifier: MIT */
/* attach: a terminal at a console: the client of lastwords-console (console/wire/frame.h). */
#ifndef LASTWORDS_CLI_ATTACH_H
#define LASTWORDS_CLI_ATTACH_H

#include "base/err.h"

struct attach_options {
	const char *target;
	int lines; /* of replay */
	int read_only, steal;
	int seconds; /* ends after that time; 0: never */
};

/* 1 if lastwords-console runs. */
int attach_is_served(const char *state);
/* Until the person ends it, or the server does. 0/-1. */
int attach_run(struct err *err, const char *state, const struct attach_options *options);

#endif
