/* SPDX-License-Identifier: MIT */
/*
 * hook: the program that is run once for each new crash, one at a time. It learns of crashes from the
 * journal ("died", "uploaded"). hook.meta in a session's directory has the result (hook_run.h),
 * STATE/hook.pos (kv.h: file, offset) the place in the journal up to which nothing is left to do; so
 * neither a restart nor kill -9 makes it skip a crash or run twice for one.
 *
 * After an upload it runs at once; a crash known only by netconsole waits hook_wait seconds for the upload.
 * Failures become events and are tried again (HOOK_TRIES, hook_backoff). When it is first configured it
 * begins with the crashes from then on.
 *
 * Anyone can make up machines that crash. Crashes of known machines (boot/known.h) go first, and at most
 * HOOK_NEWCOMERS of new ones wait: for more the hook does not run, which is an event once an hour.
 */
#ifndef COLLECTOR_HOOK_H
#define COLLECTOR_HOOK_H

#include <stdint.h>

#include "hook_run.h"
#include "store/journal.h"

enum {
	HOOK_QUEUE_MAX = 4096,
	HOOK_NEWCOMERS = HOOK_QUEUE_MAX / 2,
	HOOK_TELL_MS = 3600 * 1000,
	HOOK_LOOK_MS = 500,
	HOOK_ENTRIES = 256,
	HOOK_SAVE_MS = 10000,
	HOOK_AUTOPSY_MS = 25000, /* after a log that an autopsy follows */
	HOOK_CAPTURE_MS = 300000, /* after a capture kernel's report: its default deadline */
};

struct hook_job {
	char id[SESSION_ID_MAX + 1];
	int64_t due; /* monotonic ms */
	int tries; /* so far */
	int newcomer; /* of a new machine (boot/known.h) */
};

struct hook {
	char state[FILE_PATH_MAX];
	char program[FILE_PATH_MAX]; /* "": there is no hook */
	int timeout, wait; /* seconds */
	struct journal_pos pos, saved;
	struct hook_job *jobs; /* HOOK_QUEUE_MAX of them */
	size_t count, newcomers; /* newcomers: of the count */
	uint64_t passed_over; /* crashes, not reported yet */
	int64_t told_at; /* when they may be reported */
	pid_t pid; /* our runner, or 0 */
	char running[SESSION_ID_MAX + 1];
	int64_t look_at, save_at, now, utc;
	int left; /* entries that may still be read in this step */
	uint64_t runs, failures, given_up; /* since we started */
	int faulty; /* it was reported that it cannot start */
	void (*warn)(const char *text);
	void *arg;
	void (*event)(
	    void *arg, const char *event, const char *session, const char *key, const char *value);
};

/* 0/-1. Continues where the last collector stopped. event as in source_env; warn as in indexer.h. */
int hook_init(struct err *err, struct hook *hook, const char *state, const char *program,
    int timeout, int wait, void *arg,
    void (*event)(
	void *arg, const char *event, const char *session, const char *key, const char *value),
    void (*warn)(const char *text));
/* A piece of work, if any is due; never waits. 1 if there is more at once, 0 if not. */
int hook_step(struct hook *hook, int64_t now, int64_t utc);
/* A runner that is at work goes on. */
void hook_close(struct hook *hook);

#endif
