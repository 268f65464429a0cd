/* SPDX-License-Identifier: MIT */
/*
 * hook: the program that is run once for each new crash. The journal tells of crashes ("died",
 * "uploaded"), hook.meta in a session's directory what came of each (hook_run.h), STATE/hook.pos
 * (kv.h: file, offset) how far the journal has been read with nothing left to do; so neither a
 * restart nor kill -9 makes it forget one or run one twice. One runs at a time.
 *
 * An upload has it run at once; a death known by netconsole only waits hook_wait seconds for the
 * upload. Failures are told as events and tried again (HOOK_TRIES, hook_backoff). When it is first
 * configured it begins with what comes from then on.
 */
#ifndef COLLECTOR_HOOK_H
#define COLLECTOR_HOOK_H

#include <stdint.h>

#include "hook_run.h"
#include "store/journal.h"

enum { HOOK_QUEUE_MAX = 4096, HOOK_LOOK_MS = 500, HOOK_ENTRIES = 256, HOOK_SAVE_MS = 10000 };

struct hook_job {
	char id[SESSION_ID_MAX + 1];
	int64_t due; /* monotonic ms */
	int tries; /* so far */
};

struct hook {
	char state[FILE_PATH_MAX];
	char program[FILE_PATH_MAX]; /* "" none: nothing is done */
	int timeout, wait; /* seconds */
	struct journal_pos pos, saved;
	struct hook_job *jobs; /* HOOK_QUEUE_MAX of them */
	size_t count;
	pid_t pid; /* our runner, or 0 */
	char running[SESSION_ID_MAX + 1];
	int64_t look_at, save_at, now, utc;
	int left; /* entries that may still be read in this step */
	uint64_t runs, failures, given_up; /* since we started */
	int faulty; /* told that it cannot start */
	void *arg;
	void (*event)(
	    void *arg, const char *event, const char *session, const char *key, const char *value);
};

/* 0/-1. Takes up where the collector before stopped. event as in source_env. */
int hook_init(struct err *err, struct hook *hook, const char *state, const char *program,
    int timeout, int wait, void *arg,
    void (*event)(
	void *arg, const char *event, const char *session, const char *key, const char *value));
/* A piece of work, if any is due; never waits. 1 if there is more at once, 0 if not. */
int hook_step(struct hook *hook, int64_t now, int64_t utc);
/* Leaves a runner to itself. */
void hook_close(struct hook *hook);

#endif
