/* SPDX-License-Identifier: MIT */
/*
 * program: runs a program, without a shell: its input, its output up to a limit, a time limit, and how it
 * ended. It must not know what the program is for.
 */
#ifndef LASTWORDS_BASE_PROGRAM_H
#define LASTWORDS_BASE_PROGRAM_H

#include <stddef.h>

#include "err.h"

/* What the program writes; beyond size - 1 bytes it is read and dropped. */
struct program_text {
	char *text; /* the caller's; NUL-terminated after the run */
	size_t size, len;
};

struct program {
	/* Before: */
	char *const *argv; /* argv[0] is searched in PATH; ends with NULL */
	char *const *env; /* "NAME=VALUE", added to ours; ends with NULL; may be NULL */
	int input; /* standard input; -1: /dev/null. It stays the caller's */
	int timeout_ms;
	struct program_text *out, *err; /* NULL: our standard error; both may be the same one */
	/* After: */
	int exit_code; /* -1: it did not exit by itself */
	int timed_out;
	char how[64]; /* "exit code 3", "signal 11", "time limit of 60 s"; "" after exit code 0 */
};

/*
 * Runs it in a process group of its own, which is killed at the time limit; the program itself also
 * dies with us. None of our other descriptors is open in it, no signal blocked or ignored. A process that
 * it leaves behind goes on, but what that writes later is not read.
 *
 * 0, whatever the exit code is; or -1: it was not started (not found: "NAME: No such file …").
 */
int program_run(struct err *err, struct program *program);

/*
 * A pipe that has these bytes (at most 4096) and then ends, for `input`: secrets go to a program this way,
 * which are then in no argument, environment or file. The descriptor, or -1.
 */
int program_input(struct err *err, const void *data, size_t len);

#endif
