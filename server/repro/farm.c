/* SPDX-License-Identifier: MIT */
/* farm: runs on several targets; see farm.h. */
#include "farm.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "boot/override.h"
#include "store/journal.h"
#include "store/layout.h"

/* --- opening --------------------------------------------------------------------------------------- */

static int farm_lock(struct err *err, struct farm *farm, struct farm_target *at)
{
	char name[PROFILE_NAME_MAX + 32];

	snprintf(name, sizeof(name), "repro-%s.lock", at->target->name);
	at->lock = layout_lock(err, farm->config->state, name);
	if (at->lock >= 0)
		return 0;
	return errno == EWOULDBLOCK
		   ? err_set(err, "target %s is in another campaign; wait for it", at->target->name)
		   : -1;
}

static int farm_free_of_overrides(
    struct err *err, const struct farm *farm, const struct farm_target *at, int resumed)
{
	struct override override;
	int found = override_read(err, farm->config->state, at->target->address, &override);

	if (found <= 0)
		return found;
	if (resumed && override.once && strcmp(override.profile, farm->profile) == 0)
		return override_remove(err, farm->config->state, at->target->address);
	return err_set(err,
	    "target %s: an override is set for its machine; lastwords machine %s --clear removes it",
	    at->target->name, at->target->mac);
}

static int farm_add(struct err *err, struct farm *farm, const char *name, int resumed)
{
	const struct config_target *target = config_target(farm->config, name);
	struct farm_target *at = &farm->target[farm->count];

	if (!target)
		return err_set(err,
		    "no target \"%s\" in the configuration; add a section target %s { … }", name,
		    name);
	for (size_t i = 0; i < farm->count; i++)
		if (farm->target[i].target == target)
			return err_set(err, "target %s is named twice", target->name);
	if (farm->count == FARM_TARGETS_MAX)
		return err_set(err, "more than %d targets", FARM_TARGETS_MAX);
	*at = (struct farm_target){.target = target, .result_fd = -1, .lock = -1};
	if (farm_lock(err, farm, at))
		return -1;
	farm->count++;
	return farm_free_of_overrides(err, farm, at, resumed);
}

static void farm_unlock(struct farm *farm)
{
	for (size_t i = 0; i < farm->count; i++)
		close(farm->target[i].lock);
	farm->count = 0;
}

int farm_open(struct err *err, struct farm *farm, const struct config *config, const char *names,
    const char *profile, int resumed)
{
	char name[PROFILE_NAME_MAX + 1];
	int rc = 0;

	memset(farm, 0, sizeof(*farm));
	farm->config = config;
	farm->profile = profile;
	if (!config_bootable(config, profile))
		return err_set(
		    err, "no profile \"%s\" with an image in the configuration", profile);
	while (rc == 0 && *names) {
		size_t len = strcspn(names, ",");

		if (len > PROFILE_NAME_MAX)
			rc = err_set(
			    err, "no target \"%.*s\" in the configuration", (int)len, names);
		snprintf(name, sizeof(name), "%.*s", (int)len, names);
		if (rc == 0 && len > 0)
			rc = farm_add(err, farm, name, resumed);
		names += len + (names[len] == ',');
	}
	if (rc == 0 && farm->count == 0)
		rc = err_set(err, "no target; name one with --target");
	if (rc)
		farm_unlock(farm);
	return rc;
}

/* --- running --------------------------------------------------------------------------------------- */

struct farm_target *farm_idle(struct farm *farm)
{
	for (size_t i = 0; i < farm->count; i++)
		if (!farm->target[i].pid && !farm->target[i].aside)
			return &farm->target[i];
	return NULL;
}

size_t farm_running(const struct farm *farm)
{
	size_t n = 0;

	for (size_t i = 0; i < farm->count; i++)
		n += farm->target[i].pid != 0;
	return n;
}

size_t farm_left(const struct farm *farm)
{
	size_t n = 0;

	for (size_t i = 0; i < farm->count; i++)
		n += !farm->target[i].aside;
	return n;
}

/* In the child: it is ended by its parent, not from the terminal, and never outlives it. */
static void farm_be_child(pid_t parent)
{
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(1);
}

int farm_start(struct err *err, struct farm *farm, struct farm_target *at,
    const struct run_plan *plan, size_t tag)
{
	struct run_result result;
	pid_t parent = getpid();
	int ends[2];

	at->plan = *plan;
	at->plan.config = farm->config;
	at->plan.target = at->target;
	at->tag = tag;
	if (pipe2(ends, O_CLOEXEC))
		return err_errno(err, "pipe");
	at->pid = fork();
	if (at->pid == 0) {
		farm_be_child(parent);
		run_do(&at->plan, &result);
		_exit(write(ends[1], &result, sizeof(result)) != (ssize_t)sizeof(result));
	}
	close(ends[1]);
	if (at->pid < 0) {
		at->pid = 0;
		close(ends[0]);
		return err_errno(err, "fork");
	}
	at->result_fd = ends[0];
	return 0;
}

/* The event that people see; what cannot be written is not worth more. */
static void farm_set_aside(
    struct farm *farm, struct farm_target *at, const struct run_result *result)
{
	char line[JOURNAL_LINE_MAX];
	struct kv_out out;
	struct err text;

	at->aside = 1;
	err_set(&text, "target %s set aside after %d runs without a verdict; the last: %s",
	    at->target->name, at->failures, result->why);
	journal_begin(&out, line, sizeof(line), clock_now(), "event", NULL);
	kv_out_pair(&out, ' ', "what", "target-aside");
	kv_out_pair(&out, ' ', "target", at->target->name);
	kv_out_pair(&out, ' ', "mac", at->target->mac);
	kv_out_pair(&out, ' ', "text", text.msg);
	journal_append(&text, farm->config->state, &out);
}

/* Reads what the run has left. */
static void farm_collect(struct farm *farm, struct farm_target *at, struct run_result *result)
{
	ssize_t n = read(at->result_fd, result, sizeof(*result));

	close(at->result_fd);
	at->result_fd = -1;
	waitpid(at->pid, NULL, 0);
	at->pid = 0;
	if (n != (ssize_t)sizeof(*result)) {
		memset(result, 0, sizeof(*result));
		result->seconds = -1;
		snprintf(result->why, sizeof(result->why), "the process of the run ended");
	}
	if (result->verdict != VERDICT_NONE)
		at->failures = 0;
	else if (!farm->kernels_differ || !result->session[0])
		at->failures++;
	if (at->failures >= FARM_FAILURES)
		farm_set_aside(farm, at, result);
}

struct farm_target *farm_wait(struct farm *farm, int ms, struct run_result *result)
{
	struct pollfd fds[FARM_TARGETS_MAX];

	for (size_t i = 0; i < farm->count; i++)
		fds[i] = (struct pollfd){.fd = farm->target[i].result_fd, .events = POLLIN};
	if (poll(fds, (nfds_t)farm->count, ms) <= 0)
		return NULL;
	for (size_t i = 0; i < farm->count; i++) {
		if (!fds[i].revents)
			continue;
		farm_collect(farm, &farm->target[i], result);
		return &farm->target[i];
	}
	return NULL;
}

/* --- closing --------------------------------------------------------------------------------------- */

static void farm_end_runs(struct farm *farm)
{
	for (size_t i = 0; i < farm->count; i++)
		if (farm->target[i].pid)
			kill(farm->target[i].pid, SIGTERM);
	for (size_t i = 0; i < farm->count; i++) {
		struct farm_target *at = &farm->target[i];

		if (!at->pid)
			continue;
		waitpid(at->pid, NULL, 0);
		close(at->result_fd);
		at->result_fd = -1;
		at->pid = 0;
	}
}

/* A child for each target; its errors come through a pipe. */
static void farm_start_clean_up(struct farm_target *at)
{
	pid_t parent = getpid();
	int ends[2];
	struct err err;

	if (pipe2(ends, O_CLOEXEC))
		return;
	at->pid = fork();
	if (at->pid == 0) {
		farm_be_child(parent);
		_exit(
		    run_clean_up(&err, &at->plan) && write(ends[1], err.msg, strlen(err.msg)) >= 0);
	}
	close(ends[1]);
	at->result_fd = ends[0];
	if (at->pid < 0)
		at->pid = 0;
}

static void farm_end_clean_up(
    struct farm_target *at, void (*report)(void *arg, const char *text), void *arg)
{
	char text[sizeof(((struct err *)0)->msg)];
	struct err err;
	ssize_t n;

	if (!at->pid)
		return;
	n = read(at->result_fd, text, sizeof(text) - 1);
	if (n > 0) {
		text[n] = '\0';
		err_set(&err, "target %s: %s", at->target->name, text);
		report(arg, err.msg);
	}
	close(at->result_fd);
	waitpid(at->pid, NULL, 0);
	at->pid = 0;
}

void farm_close(struct farm *farm, void (*report)(void *arg, const char *text), void *arg)
{
	farm_end_runs(farm);
	for (size_t i = 0; i < farm->count; i++)
		if (farm->target[i].plan.target)
			farm_start_clean_up(&farm->target[i]);
	for (size_t i = 0; i < farm->count; i++)
		farm_end_clean_up(&farm->target[i], report, arg);
	farm_unlock(farm);
}
