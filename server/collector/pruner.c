/* SPDX-License-Identifier: MIT */
/* pruner: removing old sessions, in a process next to the collector; see pruner.h. */
#include "pruner.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/disk.h"
#include "retain/prune.h"

static const char program_name[] = "lastwords-collector";

enum {
	PRUNER_NICE = 20, /* the collector's own is raised, if it may be */
	PRUNER_ARGS = 3
};

static int pruner_limits(const struct config *config)
{
	return config->keep_days || config->keep_days_crash || config->keep_size ||
	       config->keep_size_machine;
}

void pruner_init(struct pruner *pruner, const struct config *config, int64_t now)
{
	memset(pruner, 0, sizeof(*pruner));
	pruner->config = config;
	pruner->run_at = now + (pruner_limits(config) ? 0 : PRUNER_FIRST_MS);
}

/* 1 if disk has changed. */
static int pruner_look(struct pruner *pruner)
{
	const enum logfiles_disk before = pruner->disk;
	struct err ignored;
	uint64_t eighth;

	if (disk_look(&ignored, pruner->config->state, &pruner->disk_free, &pruner->disk_size))
		return 0;
	pruner->floor = disk_floor_of(pruner->config->disk_floor, pruner->disk_size);
	pruner->low = pruner->disk_free < pruner->floor &&
		      pruner->disk_free + prune_transient(pruner->config->state) < pruner->floor;
	eighth = pruner->floor / 8;
	if (pruner->disk_free < eighth * (before == LOGFILES_FULL ? 5 : 4))
		pruner->disk = LOGFILES_FULL;
	else if (pruner->disk_free < eighth * (before == LOGFILES_ROOM ? 9 : 10))
		pruner->disk = LOGFILES_TIGHT;
	else
		pruner->disk = LOGFILES_ROOM;
	return pruner->disk != before;
}

/* lasting: less than disk_floor has been free for long enough. */
static void pruner_start(struct pruner *pruner, int lasting)
{
	pid_t pid = fork();
	sigset_t none;

	if (pid) {
		pruner->pid = pid > 0 ? pid : 0;
		return;
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	(void)!nice(PRUNER_NICE);
	close_range(STDERR_FILENO + 1, ~0U, 0);
	execl("/proc/self/exe", program_name, PRUNER_OPTION, pruner->config->file,
	    lasting ? "floor" : (char *)NULL, (char *)NULL);
	_exit(127);
}

int pruner_step(struct pruner *pruner, int64_t now)
{
	int changed = 0, lasting;

	if (now < pruner->disk_at)
		return 0;
	pruner->disk_at = now + PRUNER_DISK_MS;
	changed = pruner_look(pruner);
	if (pruner->pid && waitpid(pruner->pid, NULL, WNOHANG) == 0)
		return changed;
	pruner->pid = 0;
	if (!pruner->low)
		pruner->low_since = 0;
	else if (!pruner->low_since)
		pruner->low_since = now;
	lasting = pruner->low && now - pruner->low_since >= pruner->config->disk_wait * 1000LL;
	if (now < pruner->run_at && !(lasting && now >= pruner->low_at))
		return changed;
	pruner->run_at =
	    now + (pruner_limits(pruner->config) ? (int64_t)PRUNER_MS : PRUNER_COUNT_MS);
	pruner->low_at = now + PRUNER_LOW_MS;
	pruner_start(pruner, lasting);
	return changed;
}

static void pruner_report(void *arg, const char *text)
{
	void (*const *warn)(const char *text) = arg;

	(*warn)(text);
}

int pruner_main(struct err *err, int argc, char **argv, void (*warn)(const char *text))
{
	struct config config;
	struct prune prune = {.config = &config, .report = pruner_report, .arg = &warn};
	char text[100];
	int rc;

	if (argc != PRUNER_ARGS && argc != PRUNER_ARGS + 1) {
		err_set(err, "%s is for internal use", PRUNER_OPTION);
		return 2;
	}
	if (config_load(err, argv[2], &config)) {
		err_prefix(err, "nothing is removed");
		return 1;
	}
	prune.ignore_floor = argc == PRUNER_ARGS;
	rc = prune_run(err, &prune);
	config_free(&config);
	if (rc)
		return 1;
	if (prune.removed) {
		snprintf(text, sizeof(text), "pruned %llu, %llu bytes",
		    (unsigned long long)prune.removed, (unsigned long long)prune.removed_bytes);
		warn(text);
	}
	return 0;
}
