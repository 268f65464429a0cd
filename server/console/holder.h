/* SPDX-License-Identifier: MIT */
/*
 * holder: asks a BMC who holds its console, in a process of its own (this program with --who NAME), because the
 * calls block. One question at a time for each console.
 */
#ifndef CONSOLE_HOLDER_H
#define CONSOLE_HOLDER_H

#include <sys/types.h>

#include "target/target.h"

enum { HOLDER_AGAIN_MS = 60000 };

struct holder {
	pid_t pid; /* 0: no question is open */
	int fd; /* where the answer comes, while somebody is */
	int64_t asked_at; /* monotonic ms; 0: never */
	char text[TARGET_HOLDER_MAX]; /* the answer so far */
	size_t len;
};

/* Asks, unless that was done within HOLDER_AGAIN_MS. file: the configuration. */
void holder_ask(struct holder *holder, const char *file, const char *target, int64_t now);
/* 1 if an answer has just come; holder->text has it, "" if the BMC does not tell. Does not wait. */
int holder_answered(struct holder *holder);
/* Ends a question. */
void holder_close(struct holder *holder);
/* The process: prints the answer. 0/-1. */
int holder_main(struct err *err, const struct config *config, const char *name);

#endif
