/* SPDX-License-Identifier: MIT */
/* merge: a record made in a process with limits; see merge.h. The process must not touch the index. */
#include "merge.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record/record.h"

enum { MERGE_NICE = 10 };

#ifndef __SANITIZE_ADDRESS__
/* Bytes of address space that this process has already: the limit counts them. */
static rlim_t merge_size(void)
{
	unsigned long pages = 0;
	FILE *file = fopen("/proc/self/statm", "re");

	if (file && fscanf(file, "%lu", &pages) != 1)
		pages = 0;
	if (file)
		fclose(file);
	return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}
#endif

static void merge_limit(int resource, rlim_t value)
{
	struct rlimit limit = {value, value};

	setrlimit(resource, &limit);
}

static void merge_limits(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		(void)!write(fd, "1000", 4);
		close(fd);
	}
#ifndef __SANITIZE_ADDRESS__ /* its own memory is many times ours */
	merge_limit(RLIMIT_AS, merge_size() + MERGE_MEMORY);
#endif
	merge_limit(RLIMIT_CPU, MERGE_CPU);
	merge_limit(RLIMIT_CORE, 0);
	alarm(MERGE_WALL);
	(void)!nice(MERGE_NICE);
}

/* In the child: never returns. */
static void merge_child(pid_t parent, int reason, const char *dir, const char *product)
{
	struct err err;
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	signal(SIGALRM, SIG_DFL);
	signal(SIGXCPU, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Sockets and locks are the caller's: they must not live longer than it. */
	dup2(reason, STDERR_FILENO + 1);
	close_range(STDERR_FILENO + 2, ~0U, 0);
	merge_limits();
	if (record_make(&err, dir, product) == 0)
		_exit(0);
	(void)!write(STDERR_FILENO + 1, err.msg, strlen(err.msg));
	_exit(1);
}

int merge_start(struct err *err, struct merge *merge, const char *dir, const char *product)
{
	pid_t parent = getpid();
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return err_errno(err, "pipe");
	merge->pid = fork();
	if (merge->pid == 0)
		merge_child(parent, ends[1], dir, product);
	close(ends[1]);
	merge->reason = ends[0];
	if (merge->pid > 0)
		return 0;
	err_errno(err, "fork");
	close(ends[0]);
	merge->pid = 0;
	return -1;
}

enum merge_state merge_poll(struct err *err, struct merge *merge, int wait)
{
	char text[sizeof(err->msg)];
	int status = 0;
	pid_t pid;
	ssize_t n;

	do
		pid = waitpid(merge->pid, &status, wait ? 0 : WNOHANG);
	while (pid < 0 && errno == EINTR);
	if (pid == 0)
		return MERGE_RUNNING;
	n = read(merge->reason, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	close(merge->reason);
	merge->pid = 0;
	if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return MERGE_DONE;
	if (pid > 0 && WIFSIGNALED(status))
		err_set(err, "ended by signal %d (limits: %d MB, %d s of CPU, %d s)",
		    WTERMSIG(status), MERGE_MEMORY >> 20, MERGE_CPU, MERGE_WALL);
	else
		err_set(err, "%s", text[0] ? text : "unknown reason");
	return MERGE_FAILED;
}

void merge_stop(struct merge *merge)
{
	struct err ignored;

	if (!merge->pid)
		return;
	kill(merge->pid, SIGKILL);
	merge_poll(&ignored, merge, 1);
}
