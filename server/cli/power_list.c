/* SPDX-License-Identifier: MIT */
/*
 * power_list: the state of every target; see power.h. Each is asked by a process of its own, so many at a
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
#include "power.h"

enum { LIST_AT_ONCE = 32 };

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

static void list_print(const struct list_job *job, int json, int first)
{
	const struct config_target *target = job->target;
	const char *power = target_power_name(job->answer.reply.power);
	const char *why = job->answer.result == TARGET_DONE ? "" : job->answer.err.msg;
	char text[2048], mac[18];
	struct kv_out out;

	mac_format(target->address, mac);
	if (!json) {
		printf("%-20s %s  %-8s %s", target->name, mac, list_driver(target), power);
		if (why[0])
			printf(": ");
		cli_print_safe(why);
		printf("\n");
		return;
	}
	kv_out_init(&out, text, sizeof(text));
	kv_out_raw(&out, first ? "{" : ",{");
	json_pair(&out, "target", target->name);
	json_pair(&out, "mac", mac);
	json_pair(&out, "driver", list_driver(target));
	json_pair(&out, "power", power);
	json_known(&out, "why", why);
	printf("%s}", out.buf);
}

int power_list(const struct config *config, int json)
{
	static struct list_job jobs[LIST_AT_ONCE];
	size_t known = 0;

	if (json)
		printf("[");
	for (size_t at = 0; at < config->target_count; at += LIST_AT_ONCE) {
		size_t count = config->target_count - at;

		count = count < LIST_AT_ONCE ? count : LIST_AT_ONCE;
		memset(jobs, 0, sizeof(jobs));
		fflush(stdout);
		for (size_t i = 0; i < count; i++) {
			jobs[i].target = &config->targets[at + i];
			list_ask(config, &jobs[i]);
		}
		for (size_t i = 0; i < count; i++) {
			list_take(&jobs[i]);
			list_print(&jobs[i], json, at + i == 0);
			known += jobs[i].answer.result == TARGET_DONE;
		}
	}
	if (json)
		printf("]\n");
	else if (!config->target_count)
		fprintf(
		    stderr, "lastwords: no targets; add a section target to %s\n", config->file);
	return known && known == config->target_count ? CLI_OK : CLI_FAILED;
}
