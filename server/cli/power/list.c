/* SPDX-License-Identifier: MIT */
/*
 * list: the power of every target; see power.h. Each is asked by a process of its own, so many at a
 * time: one BMC that is unreachable does not delay the others.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mac.h"
#include "cli/screen/progress.h"
#include "cli/screen/table.h"
#include "power.h"

enum { LIST_AT_ONCE = 32, LIST_JSON_MAX = 4096 };

/* What a process reports; less than PIPE_BUF. */
struct list_answer {
	enum target_result result;
	struct target_reply reply;
	struct err err;
};

struct list_job {
	const struct config_target *target;
	pid_t pid;
	int fd;
	struct list_answer answer;
};

static void list_ask(const struct config *config, struct list_job *job)
{
	struct target_call call = {.config = config, .target = job->target, .by = "power"};
	int ends[2];

	job->fd = -1;
	job->answer.result = TARGET_FAILED;
	err_set(&job->answer.err, "cannot be asked: out of memory or processes");
	if (pipe2(ends, O_CLOEXEC))
		return;
	job->pid = fork();
	if (job->pid == 0) {
		job->answer.result =
		    target_do(&job->answer.err, &call, TARGET_STATUS, &job->answer.reply);
		_exit(write(ends[1], &job->answer, sizeof(job->answer)) != sizeof(job->answer));
	}
	close(ends[1]);
	if (job->pid > 0)
		job->fd = ends[0];
	else
		close(ends[0]);
}

static void list_take(struct list_job *job)
{
	struct list_answer answer;

	if (job->fd < 0)
		return;
	if (read(job->fd, &answer, sizeof(answer)) == sizeof(answer))
		job->answer = answer;
	close(job->fd);
	while (waitpid(job->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static const char *list_driver(const struct config_target *target)
{
	static const char *const names[] = {
	    [DRIVER_IPMI] = "ipmi",
	    [DRIVER_REDFISH] = "redfish",
	    [DRIVER_QEMU] = "qemu",
	    [DRIVER_COMMAND] = "command",
	};

	return names[target->driver];
}

static const struct table_column list_columns[] = {
    {.heading = "TARGET"},
    {.heading = "MACHINE"},
    {.heading = "DRIVER", .drop = 1},
    {.heading = "POWER"},
    {.heading = "REASON", .min = 20, .give = 1},
};

static void list_text(struct table *table, const struct list_job *job)
{
	const enum target_power power = job->answer.reply.power;
	char mac[18];

	mac_format(job->target->address, mac);
	table_cell(table, job->target->name, SCREEN_PLAIN);
	table_cell(table, mac, SCREEN_PLAIN);
	table_cell(table, list_driver(job->target), SCREEN_PLAIN);
	table_cell(table, target_power_name(power),
	    job->answer.result == TARGET_DONE ? SCREEN_PLAIN : SCREEN_WARN);
	table_cell(
	    table, job->answer.result == TARGET_DONE ? "" : job->answer.err.msg, SCREEN_PLAIN);
}

static void list_json(const struct list_job *job)
{
	char text[LIST_JSON_MAX], mac[18];
	struct kv_out out;

	mac_format(job->target->address, mac);
	kv_out_init(&out, text, sizeof(text));
	kv_out_raw(&out, "{");
	json_pair(&out, "target", job->target->name);
	json_pair(&out, "mac", mac);
	json_pair(&out, "driver", list_driver(job->target));
	json_pair(&out, "power", target_power_name(job->answer.reply.power));
	if (job->answer.result != TARGET_DONE)
		json_known(&out, "why", job->answer.err.msg);
	printf("%s}\n", out.buf);
}

/* Asks count targets from at on. table NULL: as JSON. How many have answered. */
static size_t list_some(const struct config *config, size_t at, size_t count, struct table *table)
{
	static struct list_job jobs[LIST_AT_ONCE];
	size_t known = 0;

	memset(jobs, 0, sizeof(jobs));
	fflush(stdout);
	for (size_t i = 0; i < count; i++) {
		jobs[i].target = &config->targets[at + i];
		list_ask(config, &jobs[i]);
	}
	for (size_t i = 0; i < count; i++) {
		list_take(&jobs[i]);
		progress_set(at + i + 1, config->target_count, "targets");
		if (table)
			list_text(table, &jobs[i]);
		else
			list_json(&jobs[i]);
		known += jobs[i].answer.result == TARGET_DONE;
	}
	return known;
}

int power_list(struct err *err, const struct screen *screen, const struct config *config, int json)
{
	const size_t targets = config->target_count;
	struct table *table = NULL;
	size_t known = 0;

	if (!json && !(table = table_begin(err, screen, list_columns,
			   sizeof(list_columns) / sizeof(list_columns[0]))))
		return -1;
	progress_begin("power");
	for (size_t at = 0; at < targets; at += LIST_AT_ONCE)
		known += list_some(
		    config, at, targets - at < LIST_AT_ONCE ? targets - at : LIST_AT_ONCE, table);
	progress_end();
	if (table_end(err, table))
		return -1;
	if (!targets)
		fprintf(
		    stderr, "lastwords: no targets; add a section target to %s\n", config->file);
	return known && known == targets;
}
