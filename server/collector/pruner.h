/* SPDX-License-Identifier: MIT */
/*
 * pruner: has old sessions removed (retain/prune.h) by a process of its own, and watches the disk. Never
 * waits.
 *
 * The process is this program again, with PRUNER_OPTION and the configuration file, which it reads again:
 * changed limits apply from the next run on, and while the file has errors nothing is removed. It runs
 * every PRUNER_MS, and every PRUNER_LOW_MS while less than disk_floor is free and has been for disk_wait
 * seconds: a shortage that passes costs no log. Without limits and with room it only counts what is stored,
 * every PRUNER_COUNT_MS.
 */
#ifndef COLLECTOR_PRUNER_H
#define COLLECTOR_PRUNER_H

#include <stdint.h>
#include <sys/types.h>

#include "collector/log/logfile.h"
#include "config/config.h"

enum {
	PRUNER_MS = 10 * 60 * 1000,
	PRUNER_LOW_MS = 15 * 1000,
	PRUNER_COUNT_MS = 60 * 60 * 1000,
	PRUNER_FIRST_MS = 60 * 1000, /* after the start, if there are no limits */
	PRUNER_DISK_MS = 100, /* in which strangers can fill 3 MB */
};

struct pruner {
	const struct config *config; /* the caller's */
	pid_t pid; /* 0: none runs */
	int64_t run_at, low_at, disk_at, low_since; /* low_since: 0 not low */
	uint64_t disk_free, disk_size, floor; /* bytes, as last seen */
	int low; /* less than the floor is free */
	/* TIGHT: less than an eighth over the floor is free, until a quarter is; so that what senders
	 * without a session and new machines send does not make the disk so low that logs are removed for it. FULL:
	 * less than half of the floor is free, until an eighth more is. */
	enum logfiles_disk disk;
};

void pruner_init(struct pruner *pruner, const struct config *config, int64_t now);
/* Does a piece of work. 1: pruner->disk has changed. */
int pruner_step(struct pruner *pruner, int64_t now);

/* The process: the collector's own program with the arguments PRUNER_OPTION, the configuration file, and
 * "floor" when sessions are to be removed for disk_floor. The
 * exit code, with err if it is not 0. What it removed, and what it could not remove, goes to warn(). */
#define PRUNER_OPTION "--run-prune"
int pruner_main(struct err *err, int argc, char **argv, void (*warn)(const char *text));

#endif
