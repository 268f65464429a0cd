/* SPDX-License-Identifier: MIT */
/* pager: long output through $PAGER; see pager.h. */
#include "pager.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGER_HELD_MAX = 1 << 20 };

static pid_t pager_pid; /* of the process that holds output back; 0: none */

/* --- the process that holds output back -------------------------------------------------------------- */

/* 0, or -1: nobody reads any more. */
static int hold_write(int fd, const char *buf, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, buf, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		buf += n;
		len -= (size_t)n;
	}
	return 0;
}

/* How many rows of the terminal len bytes take, at least; colours count as text. */
static int hold_rows(const char *buf, size_t len, int width)
{
	int rows = 0, column = 0;

	for (size_t i = 0; i < len; i++) {
		if (buf[i] == '\n' || column == width) {
			rows++;
			column = 0;
		}
		if (buf[i] != '\n')
			column++;
	}
	return rows;
}

/* Starts the pager with a pipe as its input. The end to write to, or -1. */
static int hold_start(const char *command, pid_t *pid)
{
	int ends[2];

	if (pipe(ends))
		return -1;
	*pid = fork();
	if (*pid == 0) {
		signal(SIGINT, SIG_DFL);
		signal(SIGPIPE, SIG_DFL);
		dup2(ends[0], STDIN_FILENO);
		close(ends[0]);
		close(ends[1]);
		setenv("LESS", "FRX", 0);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	close(ends[0]);
	if (*pid < 0) {
		close(ends[1]);
		return -1;
	}
	return ends[1];
}

/* From in to the terminal, or to the pager as soon as it does not fit. */
static void hold_run(const struct screen *screen, const char *command, int in)
{
	static char held[PAGER_HELD_MAX];
	size_t len = 0;
	pid_t pid = 0;
	int out = -1;
	ssize_t n;

	while ((n = read(in, held + len, sizeof(held) - len)) > 0 || (n < 0 && errno == EINTR)) {
		len += n > 0 ? (size_t)n : 0;
		if (out < 0 && len < sizeof(held) &&
		    hold_rows(held, len, screen->width) < screen->height)
			continue;
		if (out < 0)
			out = hold_start(command, &pid);
		if (hold_write(out < 0 ? STDOUT_FILENO : out, held, len))
			break;
		len = 0;
	}
	if (out < 0 && len)
		hold_write(STDOUT_FILENO, held, len);
	close(in);
	if (out < 0)
		return;
	close(out);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* --- the program ------------------------------------------------------------------------------------- */

/* The program's name can be found in PATH. */
static int pager_exists(const char *name)
{
	const char *path = getenv("PATH");
	char file[512];

	while (path && *path) {
		size_t len = strcspn(path, ":");

		if (snprintf(file, sizeof(file), "%.*s/%s", (int)len, path, name) <
			(int)sizeof(file) &&
		    access(file, X_OK) == 0)
			return 1;
		path += len + (path[len] == ':');
	}
	return 0;
}

static const char *pager_command(void)
{
	const char *command = getenv("PAGER");

	if (command)
		return command[0] && strcmp(command, "cat") != 0 ? command : NULL;
	return pager_exists("less") ? "less -FRX" : NULL;
}

static void pager_wait(void)
{
	while (waitpid(pager_pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* The terminal is the pager's until the person leaves it. */
static void pager_on_signal(int signal_number)
{
	close(STDOUT_FILENO);
	pager_wait();
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

void pager_begin(const struct screen *screen)
{
	const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	const char *command = screen->pager ? pager_command() : NULL;
	int ends[2];

	if (!command || pipe(ends))
		return;
	fflush(stdout);
	pager_pid = fork();
	if (pager_pid == 0) {
		close(ends[1]);
		signal(SIGINT, SIG_IGN);
		signal(SIGPIPE, SIG_IGN);
		hold_run(screen, command, ends[0]);
		_exit(0);
	}
	if (pager_pid > 0) {
		dup2(ends[1], STDOUT_FILENO);
		signal(SIGPIPE, SIG_IGN);
		for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
			signal(signals[i], pager_on_signal);
	} else {
		pager_pid = 0;
	}
	close(ends[0]);
	close(ends[1]);
}

int pager_end(void)
{
	if (!pager_pid)
		return 0;
	close(STDOUT_FILENO);
	pager_wait();
	pager_pid = 0;
	return 1;
}
