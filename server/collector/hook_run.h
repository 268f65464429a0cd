/* SPDX-License-Identifier: MIT */
/*
 * hook_run: one try of the hook program, in a process of its own (the runner), which outlives the
 * collector. The collector neither reads the logs nor waits.
 *
 * The runner makes the record (crash_json.h) from the session's files, gives it to the program as
 * standard input, and kills the program's process group at the time limit. What came of it is
 * STATE/sessions/MAC/ID/hook.meta (kv.h), durable before and after: session, tries, result (running,
 * done, failed, gave-up), how ("exit code 3", "signal 11", "time limit"), next (ms UTC; failed only).
 * While it lives it holds the lock of STATE/run/hook.lock: a result "running" without the lock is a
 * runner that was killed, and only then is the program run again for it.
 */
#ifndef COLLECTOR_HOOK_RUN_H
#define COLLECTOR_HOOK_RUN_H

#include <sys/types.h>

#include "base/err.h"
#include "session/session.h"
#include "store/layout.h"

enum { HOOK_TRIES = 6, HOOK_BACKOFF_MS = 2000 /* then four times as long each */ };

enum hook_result { HOOK_NONE, HOOK_RUNNING, HOOK_DONE, HOOK_FAILED, HOOK_GAVE_UP };

struct hook_outcome {
	enum hook_result result; /* HOOK_NONE: never tried */
	int tries;
	int64_t next_ms; /* UTC */
	char how[64];
};

/* What is known of the session's tries. 0, or -1: its directory is not there. */
int hook_outcome_read(const char *state, const struct session *session, struct hook_outcome *out);

/* How long to wait after so many tries, ms. */
int64_t hook_backoff(int tries);

/*
 * Starts a try, the tries-th (from 1), if no other runs. The runner's pid; 0: another holds the lock
 * still; -1. timeout in seconds.
 */
pid_t hook_run_start(struct err *err, const char *state, const struct session *session,
    const char *program, int timeout, int tries);
/*
 * The runner, which the collector starts as itself: argv is its name, HOOK_RUN_OPTION, the lock's
 * descriptor, STATE, the session, the program, seconds, tries. The exit code.
 */
#define HOOK_RUN_OPTION "--run-hook"
enum { HOOK_RUN_ARGS = 8 };
int hook_run_main(int argc, char **argv);
/* 1 if a runner lives, ours or that of a collector before. */
int hook_run_busy(const char *state);

#endif
