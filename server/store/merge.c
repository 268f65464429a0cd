/* SPDX-License-Identifier: MIT */
/* merge: a record made in a process with limits; see merge.h. The process must not touch the index. */
#include "merge.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/num.h"
#include "record/record.h"

enum {
	MERGE_NICE = 20, /* the collector's own is raised, if it may be */
	MERGE_REASON = STDERR_FILENO + 1, /* the pipe, in the child */
	MERGE_NO_ROOM = 4, /* exit status: the disk is full, the logs are not at fault */
};

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

/* (CPU time ends by SIGXCPU at the first value, and by SIGKILL, which others send too, at the second.) */
static void merge_limit(int resource, rlim_t value)
{
	struct rlimit limit = {value, resource == RLIMIT_CPU ? value + 1 : value};

	setrlimit(resource, &limit);
}

static void merge_limits(rlim_t memory, rlim_t cpu, unsigned int wall)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		(void)!write(fd, "1000", 4);
		close(fd);
	}
#ifndef __SANITIZE_ADDRESS__ /* its own memory is many times ours */
	merge_limit(RLIMIT_AS, merge_size() + memory);
#else
	(void)memory;
#endif
	merge_limit(RLIMIT_CPU, cpu);
	merge_limit(RLIMIT_CORE, 0);
	alarm(wall);
	(void)!nice(MERGE_NICE);
}

/* What a child is to do. */
struct merge_work {
	const char *dir, *product;
	const char *program, *vmlinux; /* of a decoder; NULL */
};

/* In the child: never returns. reason: the pipe. */
static void merge_child(pid_t parent, int reason, const struct merge_work *work)
{
	int status = 1;
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
	dup2(reason, MERGE_REASON);
	close_range(MERGE_REASON + 1, ~0U, 0);
	if (work->program) {
		merge_limits(MERGE_DECODE_MEMORY, MERGE_DECODE_CPU, MERGE_DECODE_WALL);
		dup2(MERGE_REASON, STDERR_FILENO);
		fcntl(MERGE_REASON, F_SETFD, FD_CLOEXEC);
		execl(work->program, work->program, work->vmlinux, work->dir, (char *)NULL);
		err_errno(&err, "%s", work->program);
	} else {
		merge_limits(MERGE_MEMORY, MERGE_CPU, MERGE_WALL);
		if (record_make(&err, work->dir, work->product) == 0)
			_exit(0);
		if (errno == ENOSPC || errno == EDQUOT)
			status = MERGE_NO_ROOM;
	}
	(void)!write(MERGE_REASON, err.msg, strlen(err.msg));
	_exit(status);
}

/* Arguments: MERGE_OPTION, the caller's pid, dir, product, and of a decoder its program and vmlinux. */
int merge_main(int argc, char **argv)
{
	struct merge_work work = {0};
	struct err ignored;
	int parent;

	if ((argc != 5 && argc != 7) || num_int(&ignored, "parent", argv[2], 1, INT_MAX, &parent))
		return 2;
	work.dir = argv[3];
	work.product = argv[4];
	if (argc == 7) {
		work.program = argv[5];
		work.vmlinux = argv[6];
	}
	merge_child(parent, MERGE_REASON, &work);
	return 1;
}

/* Starts program for the work. The caller's memory is not copied: it waits until the program has begun. */
static pid_t merge_spawn(const char *program, int reason, const struct merge_work *work)
{
	char parent[16];
	const char *argv[] = {"lastwords-merge", MERGE_OPTION, parent, work->dir,
	    work->product ? work->product : "", work->program, work->vmlinux, NULL};
	posix_spawn_file_actions_t files;
	pid_t pid;
	int rc;

	snprintf(parent, sizeof(parent), "%ld", (long)getpid());
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, reason, MERGE_REASON);
	rc = posix_spawn(&pid, program, &files, NULL, (char **)argv, environ);
	posix_spawn_file_actions_destroy(&files);
	errno = rc;
	return rc ? -1 : pid;
}

static int merge_begin(struct err *err, struct merge *merge, const struct merge_work *work)
{
	pid_t parent = getpid();
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return err_errno(err, "pipe");
	merge->decoding = work->program != NULL;
	merge->pid = merge->program ? merge_spawn(merge->program, ends[1], work) : fork();
	if (merge->pid == 0)
		merge_child(parent, ends[1], work);
	close(ends[1]);
	merge->reason = ends[0];
	if (merge->pid > 0)
		return 0;
	err_errno(err, "%s", merge->program ? merge->program : "fork");
	close(ends[0]);
	merge->pid = 0;
	return -1;
}

int merge_start(struct err *err, struct merge *merge, const char *dir, const char *product)
{
	return merge_begin(err, merge, &(struct merge_work){.dir = dir, .product = product});
}

int merge_start_decoder(
    struct err *err, struct merge *merge, const char *program, const char *vmlinux, const char *dir)
{
	return merge_begin(
	    err, merge, &(struct merge_work){.dir = dir, .program = program, .vmlinux = vmlinux});
}

/* 1 if the signal says nothing of the logs: the time limit, and what others send (the kernel, when memory is short). */
static int merge_is_outside(int signal)
{
	return signal == SIGALRM || signal == SIGKILL || signal == SIGTERM || signal == SIGINT ||
	       signal == SIGHUP;
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
	text[strcspn(text, "\n")] = '\0';
	close(merge->reason);
	merge->pid = 0;
	if (pid > 0 && WIFEXITED(status) &&
	    (WEXITSTATUS(status) == 0 || (merge->decoding && WEXITSTATUS(status) == 3)))
		return MERGE_DONE;
	if (pid > 0 && WIFSIGNALED(status)) {
		err_set(err, "ended by signal %d (limits: %d MB, %d s of CPU, %d s)",
		    WTERMSIG(status), (merge->decoding ? MERGE_DECODE_MEMORY : MERGE_MEMORY) >> 20,
		    merge->decoding ? MERGE_DECODE_CPU : MERGE_CPU,
		    merge->decoding ? MERGE_DECODE_WALL : MERGE_WALL);
		return merge_is_outside(WTERMSIG(status)) ? MERGE_INTERRUPTED : MERGE_FAILED;
	}
	err_set(err, "%s", text[0] ? text : "unknown reason");
	return pid > 0 && !merge->decoding && WIFEXITED(status) &&
		       WEXITSTATUS(status) == MERGE_NO_ROOM
		   ? MERGE_INTERRUPTED
		   : MERGE_FAILED;
}

void merge_stop(struct merge *merge)
{
	struct err ignored;

	if (!merge->pid)
		return;
	kill(merge->pid, SIGKILL);
	merge_poll(&ignored, merge, 1);
}
