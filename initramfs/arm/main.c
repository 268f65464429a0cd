/* SPDX-License-Identifier: MIT */
/*
 * lastwords-arm: the first program of a booted kernel (rdinit=/lastwords/arm). It arms the machine
 * and becomes the OS's own init; the keeper stays behind.
 *
 * PID 1 itself does very little: everything that could fail happens in a child, which it waits for
 * with a time limit, so that no fault of ours can end in "Attempted to kill init". It must not
 * exit, leave a mount or a file behind, or touch a NIC.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "cmdline.h"
#include "load.h"
#include "sys.h"

enum {
	/* a hang of ours costs the boot this long; a machine that is slower than this is not armed */
	MAIN_LIMIT_MS = 60000,
	MAIN_KILL_MS = 1000, /* until a killed child has ended */
	MAIN_CMDLINE_MAX = 8192,
};

static char cmdline[MAIN_CMDLINE_MAX];

static void main_start(char *argv0)
{
	int ready[2];
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC))
		return;
	pid = fork();
	if (pid == 0) {
		close(ready[0]);
		child_run(argv0, cmdline, ready[1]);
	}
	close(ready[1]);
	if (pid > 0) {
		struct pollfd done = {.fd = ready[0], .events = POLLIN};
		char byte;

		if (poll(&done, 1, MAIN_LIMIT_MS) == 0) {
			kill(pid, SIGKILL);
			/* (in a system call that does not end it cannot be killed) */
			poll(&done, 1, MAIN_KILL_MS);
		}
		fcntl(ready[0], F_SETFL, O_NONBLOCK);
		if (read(ready[0], &byte, 1) != 1) {
			/* it died, or hangs: clean up in its place */
			int kmsg;

			mknod(ARM_ROOT "/kmsg", S_IFCHR | 0600, makedev(1, 11));
			kmsg = open(ARM_ROOT "/kmsg", O_WRONLY | O_CLOEXEC);
			sys_log(
			    kmsg, 4, "not armed: arm died or took over %d s", MAIN_LIMIT_MS / 1000);
			if (kmsg >= 0)
				close(kmsg);
			child_clean();
			waitpid(pid, NULL, WNOHANG);
		}
	}
	close(ready[0]);
}

/* Becomes the OS's init with our own arguments. Returns if that fails. */
static void main_exec(const char *path, char **argv, char *old)
{
	char name[256];

	snprintf(name, sizeof(name), "%s", path);
	argv[0] = name;
	execv(path, argv);
	argv[0] = old;
}

int main(int argc, char **argv)
{
	static const char *const others[] = {
	    "/init", "/sbin/init", "/etc/init", "/bin/init", "/bin/sh"};
	char empty[] = ARM_PATH, *none[] = {empty, NULL};
	char init[256] = "/init";
	int failed, kmsg;

	if (getpid() != 1) {
		fprintf(stderr, "lastwords-arm: runs as the first program of a kernel: "
				"rdinit=" ARM_PATH "; see lastwords-arm(8)\n");
		return 2;
	}
	if (argc < 1)
		argv = none;
	mkdir(ARM_ROOT, 0755);
	mkdir(ARM_ROOT "/proc", 0755);
	mount("proc", ARM_ROOT "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	if (sys_read_at(AT_FDCWD, ARM_ROOT "/proc/cmdline", cmdline, sizeof(cmdline)) > 0)
		cmdline_init(cmdline, init, sizeof(init));
	main_start(argv[0]);
	main_exec(init, argv, argv[0]);
	failed = errno;
	mkdir("/dev", 0755);
	mknod("/dev/kmsg", S_IFCHR | 0600, makedev(1, 11));
	kmsg = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	sys_log(kmsg, 3, "the OS's init %s cannot be run: %s", init, strerror(failed));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		main_exec(others[i], argv, argv[0]);
	sys_log(kmsg, 0, "the OS has no init; add init= or rdinit= to the kernel's arguments");
	for (;;)
		pause();
}
