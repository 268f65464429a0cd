/* SPDX-License-Identifier: MIT */
/* holder: see holder.h. */
#include "holder.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* The process, with its standard output in fd. 0/-1. */
static int holder_start(struct holder *holder, const char *file, const char *target)
{
	const char *const argv[] = {"lastwords-console", "-c", file, "--who", target, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int ends[2], rc;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return -1;
	sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	rc = posix_spawn(
	    &holder->pid, "/proc/self/exe", &actions, &attributes, (char *const *)argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	holder->fd = ends[0];
	if (rc == 0)
		return 0;
	close(ends[0]);
	holder->pid = 0;
	return -1;
}

void holder_ask(struct holder *holder, const char *file, const char *target, int64_t now)
{
	if (holder->pid || (holder->asked_at && now - holder->asked_at < HOLDER_AGAIN_MS))
		return;
	holder->asked_at = now;
	holder->len = 0;
	holder_start(holder, file, target);
}

int holder_answered(struct holder *holder)
{
	int ended;
	ssize_t n;

	if (!holder->pid)
		return 0;
	ended = waitpid(holder->pid, NULL, WNOHANG) != 0; /* before what it wrote is read */
	while (holder->len < sizeof(holder->text) - 1 &&
	       (n = read(holder->fd, holder->text + holder->len,
		    sizeof(holder->text) - 1 - holder->len)) > 0)
		holder->len += (size_t)n;
	if (!ended)
		return 0;
	holder->text[holder->len] = '\0';
	holder->text[strcspn(holder->text, "\n")] = '\0';
	close(holder->fd);
	holder->pid = 0;
	return 1;
}

void holder_close(struct holder *holder)
{
	if (!holder->pid)
		return;
	kill(holder->pid, SIGKILL);
	waitpid(holder->pid, NULL, 0);
	close(holder->fd);
	holder->pid = 0;
}

int holder_main(struct err *err, const struct config *config, const char *name)
{
	const struct config_target *target = config_target(config, name);
	char text[TARGET_HOLDER_MAX];

	if (!target)
		return err_set(err, "no target %s", name);
	if (target_holder(err, config, target, text))
		return -1;
	printf("%s\n", text);
	return 0;
}
