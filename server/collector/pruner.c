/* SPDX-License-Identifier: MIT */
/* pruner: removing what is old beside the collector; see pruner.h. */
#include "pruner.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/disk.h"
#include "retain/prune.h"

static const char program_name[] = "lastwords-collector";

enum { PRUNER_NICE = 10, PRUNER_ARGS = 3 };

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

/* 1 if full has changed. */
static int pruner_look(struct pruner *pruner)
{
	int before = pruner->full;
	struct err ignored;

	if (disk_look(&ignored, pruner->config->state, &pruner->disk_free, &pruner->disk_size))
		return 0;
	pruner->floor = disk_floor_of(pruner->config->disk_floor, pruner->disk_size);
	pruner->low = pruner->disk_free < pruner->floor;
	/* Once full, an eighth more must be free before it is not. */
	pruner->full = pruner->disk_free < pruner->floor / 2 + (before ? pruner->floor / 8 : 0);
	return pruner->full != before;
}

static void pruner_start(struct pruner *pruner)
{
	pid_t pid = fork();
	sigset_t none;

	if (pid) {
		pruner->pid = pid > 0 ? pid : 0;
		return;
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (nice(PRUNER_NICE) == -1)
		fprintf(stderr, "%s: prune cannot be nicer\n", program_name);
	close_range(STDERR_FILENO + 1, ~0U, 0);
	execl("/proc/self/exe", program_name, PRUNER_OPTION, pruner->config->file, (char *)NULL);
	_exit(127);
}

int pruner_step(struct pruner *pruner, int64_t now)
{
	int changed = 0;

	if (now < pruner->disk_at)
		return 0;
	pruner->disk_at = now + PRUNER_DISK_MS;
	changed = pruner_look(pruner);
	if (pruner->pid && waitpid(pruner->pid, NULL, WNOHANG) == 0)
		return changed;
	pruner->pid = 0;
	if (now < pruner->run_at && !(pruner->low && now >= pruner->low_at))
		return changed;
	pruner->run_at =
	    now + (pruner_limits(pruner->config) ? (int64_t)PRUNER_MS : PRUNER_COUNT_MS);
	pruner->low_at = now + PRUNER_LOW_MS;
	pruner_start(pruner);
	return changed;
}

static void pruner_report(void *arg, const char *text)
{
	(void)arg;
	fprintf(stderr, "%s: %s\n", program_name, text);
}

int pruner_main(int argc, char **argv)
{
	struct config config;
	struct prune prune = {.config = &config, .report = pruner_report};
	struct err err;
	int rc;

	if (argc != PRUNER_ARGS) {
		fprintf(stderr, "%s: %s is for itself only\n", program_name, PRUNER_OPTION);
		return 2;
	}
	if (config_load(&err, argv[2], &config)) {
		err_prefix(&err, "nothing is removed");
		err_print(program_name, &err);
		return 1;
	}
	rc = prune_run(&err, &prune);
	if (rc)
		err_print(program_name, &err);
	else if (prune.removed)
		fprintf(stderr, "%s: pruned %llu, %llu bytes\n", program_name,
		    (unsigned long long)prune.removed, (unsigned long long)prune.removed_bytes);
	config_free(&config);
	return rc ? 1 : 0;
}
