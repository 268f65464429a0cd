/* SPDX-License-Identifier: MIT */
/*
 * hook_run: one try of the hook program, in a process of its own (the runner), which outlives the collector.
 *
 * The runner makes the session's record as JSON (query/crash_fields.h), gives it to the program as standard input,
 * and kills the program's process group at the time limit. For a crash of a group that is muted it does not run the
 * program: the result is "done", how "muted". The result is durable in
 * STATE/sessions/MAC/ID/hook.meta (kv.h): session, tries, result (running, done, failed, gave-up), how
 * ("exit code 3", "signal 11", "time limit of 60 s"), next (ms UTC; failed only). While it lives it holds
 * the lock of STATE/run/hook.lock: "running" without the lock means that the runner was killed, and only
 * then is the program run again for it.
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

/* The result of the session's tries so far. 0, or -1: it has no directory. */
int hook_outcome_read(const char *state, const struct session *session, struct hook_outcome *out);

/* How long to wait after the tries-th try, ms. */
int64_t hook_backoff(int tries);

/* Starts the tries-th try (from 1). The runner's pid; 0: another runner holds the lock; -1. timeout in
 * seconds. */
pid_t hook_run_start(struct err *err, const char *state, const struct session *session,
    const char *program, int timeout, int tries);
/*
 * The runner: the collector's own program with the arguments HOOK_RUN_OPTION, the lock's descriptor, STATE,
 * the session, the program, seconds, tries. The exit code, with err if it is not 0.
 */
#define HOOK_RUN_OPTION "--run-hook"
enum { HOOK_RUN_ARGS = 8 };
int hook_run_main(struct err *err, int argc, char **argv);
/* 1 if a runner lives, also one of an earlier collector. */
int hook_run_busy(const char *state);

#endif
