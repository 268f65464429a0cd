/* SPDX-License-Identifier: MIT */
/*
 * peak OUT PROGRAM ARG…: runs the program and writes the peak of its resident memory, in KB, to OUT:
 * VmHWM when the program exits. (wait4 includes the memory of the process that forked it.) Exits as the
 * program does; 125 when it cannot be measured.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static long peak_read(pid_t pid)
{
	char path[64], line[256];
	long kb = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	f = fopen(path, "r");
	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f)) {
		if (strncmp(line, "VmHWM:", 6) == 0)
			kb = strtol(line + 6, NULL, 10);
	}
	fclose(f);
	return kb;
}

/* Runs it to its end; its status is in *status. The peak, or -1. */
static long peak_follow(pid_t pid, int *status)
{
	long kb = -1;

	if (waitpid(pid, status, 0) != pid || !WIFSTOPPED(*status) ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL))
		return -1;
	for (int sig = 0;;) {
		if (ptrace(PTRACE_CONT, pid, NULL, sig) || waitpid(pid, status, 0) != pid)
			return -1;
		if (!WIFSTOPPED(*status))
			return kb;
		sig = WSTOPSIG(*status);
		if (*status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8)) {
			kb = peak_read(pid);
			sig = 0;
		}
	}
}

int main(int argc, char **argv)
{
	int status = 0;
	long kb;
	pid_t pid;
	FILE *f;

	if (argc < 3)
		return 125;
	pid = fork();
	if (pid < 0)
		return 125;
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0)
			execvp(argv[2], argv + 2);
		fprintf(stderr, "peak: %s: %s\n", argv[2], strerror(errno));
		_exit(125);
	}
	kb = peak_follow(pid, &status);
	f = fopen(argv[1], "w");
	if (kb < 0 || !f || fprintf(f, "%ld\n", kb) < 0 || fclose(f))
		return 125;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
