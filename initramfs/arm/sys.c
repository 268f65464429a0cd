/* SPDX-License-Identifier: MIT */
/* sys: small files, the clock, the kernel log, children with a time limit; see sys.h. */
#include "sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { REMOVE_DEPTH_MAX = 16 };

/* linux/mount.h cannot be included with musl's headers. */
enum {
	SYS_FSOPEN_CLOEXEC = 1,
	SYS_FSCONFIG_STRING = 1,
	SYS_FSCONFIG_CREATE = 6,
	SYS_FSMOUNT_CLOEXEC = 1
};

int64_t sys_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* close(2), with errno as it was. */
static void sys_close(int fd)
{
	int saved = errno;

	close(fd);
	errno = saved;
}

long sys_read_at(int dir, const char *path, char *buf, size_t size)
{
	size_t len = 0;
	ssize_t n = 0;
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	buf[0] = '\0';
	if (fd < 0)
		return -1;
	while (len < size - 1 && (n = read(fd, buf + len, size - 1 - len)) > 0)
		len += (size_t)n;
	sys_close(fd);
	while (n >= 0 && len > 0 && buf[len - 1] == '\n')
		len--;
	buf[n < 0 ? 0 : len] = '\0';
	return n < 0 ? -1 : (long)len;
}

int sys_write_at(int dir, const char *path, const char *text)
{
	size_t len = strlen(text);
	ssize_t n;
	int fd = openat(dir, path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return -1;
	n = write(fd, text, len);
	if (n >= 0)
		errno = EIO; /* where less was written */
	sys_close(fd);
	return n == (ssize_t)len ? 0 : -1;
}

int sys_mount(const char *type)
{
	return sys_mount_with(type, NULL, NULL);
}

int sys_mount_with(const char *type, const char *key, const char *value)
{
	int fs = (int)syscall(SYS_fsopen, type, SYS_FSOPEN_CLOEXEC), mount = -1;

	if (fs < 0)
		return -1;
	if (key)
		syscall(SYS_fsconfig, fs, SYS_FSCONFIG_STRING, key, value, 0);
	if (syscall(SYS_fsconfig, fs, SYS_FSCONFIG_CREATE, NULL, NULL, 0) == 0)
		mount = (int)syscall(SYS_fsmount, fs, SYS_FSMOUNT_CLOEXEC, 0);
	sys_close(fs);
	return mount;
}

void sys_log(int kmsg, int level, const char *fmt, ...)
{
	char line[700];
	size_t len;
	int head = snprintf(line, sizeof(line), "<%d>lastwords: ", level & 7);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line + head, sizeof(line) - (size_t)head - 2, fmt, ap);
	va_end(ap);
	for (char *c = line; *c; c++)
		if (*c == '\n' || *c == '\r')
			*c = ' ';
	/* The kernel holds back a line without newline until the next one comes. */
	len = strlen(line);
	line[len++] = '\n';
	if (kmsg >= 0 && write(kmsg, line, len) < 0)
		return; /* there is no other place to report it */
}

/* The first line that is not blank. */
static void run_first_line(char *said, const char *output)
{
	size_t to = 0;

	output += strspn(output, " \t\r\n");
	for (; *output && *output != '\n' && to < 200; output++)
		said[to++] = *output >= ' ' && *output < 127 ? *output : ' ';
	said[to] = '\0';
}

static void run_child(const char *root, char *const argv[], int out)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(out, 1) >= 0 && dup2(out, 2) >= 0 && chroot(root) == 0 && chdir("/") == 0)
		execv(argv[0], argv);
	dprintf(out, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

int sys_run(const char *root, char *const argv[], int64_t limit_ms, char *said, size_t size)
{
	int64_t end = sys_now() + limit_ms;
	char output[1024];
	size_t len = 0;
	int out[2], status = -1, killed = 0;
	pid_t pid;

	said[0] = '\0';
	if (size < 256 || pipe2(out, O_CLOEXEC))
		return -1;
	pid = fork();
	if (pid == 0)
		run_child(root, argv, out[1]);
	close(out[1]);
	if (pid < 0) {
		snprintf(said, size, "fork: %s", strerror(errno));
		close(out[0]);
		return -1;
	}
	for (;;) {
		struct pollfd ready = {.fd = out[0], .events = POLLIN};
		int64_t left = end - sys_now();
		char more[256];
		ssize_t n;

		if (left <= 0 || poll(&ready, 1, (int)left) == 0) {
			killed = 1;
			break;
		}
		n = read(out[0], more, sizeof(more));
		if (n <= 0)
			break;
		if ((size_t)n > sizeof(output) - 1 - len)
			n = (ssize_t)(sizeof(output) - 1 - len);
		memcpy(output + len, more, (size_t)n);
		len += (size_t)n;
	}
	output[len] = '\0';
	close(out[0]);
	/* It has closed its end of the pipe, so it should end within a second. */
	if (killed)
		kill(pid, SIGKILL);
	for (end = sys_now() + 1000; waitpid(pid, &status, WNOHANG) == 0;) {
		struct timespec pause = {.tv_nsec = 1000000};

		if (sys_now() > end) {
			kill(pid, SIGKILL);
			status = -1;
			break;
		}
		nanosleep(&pause, NULL);
	}
	run_first_line(said, output);
	if (killed) {
		snprintf(said, size, "%s: killed after %lld ms", argv[0], (long long)limit_ms);
		return -1;
	}
	if (status == -1 || !WIFEXITED(status)) {
		if (!said[0])
			snprintf(said, size, "%s: died", argv[0]);
		return -1;
	}
	return WEXITSTATUS(status);
}

static void remove_at(int dir, const char *name, dev_t dev, int depth)
{
	struct stat st;
	struct dirent *entry;
	DIR *list;
	int fd;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) || st.st_dev != dev)
		return;
	if (!S_ISDIR(st.st_mode)) {
		unlinkat(dir, name, 0);
		return;
	}
	fd = depth < REMOVE_DEPTH_MAX
		 ? openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
		 : -1;
	list = fd >= 0 ? fdopendir(fd) : NULL;
	if (!list) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(list)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			remove_at(fd, entry->d_name, dev, depth + 1);
	closedir(list);
	unlinkat(dir, name, AT_REMOVEDIR);
}

void sys_remove_tree(const char *path)
{
	struct stat st;

	if (lstat(path, &st) == 0)
		remove_at(AT_FDCWD, path, st.st_dev, 0);
}
