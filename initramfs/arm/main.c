/* SPDX-License-Identifier: MIT */
/*
 * lastwords-arm: the first program of a booted kernel (rdinit=/lastwords/arm). It arms the machine
 * and becomes the OS's own init; the keeper stays behind.
 *
 * PID 1 itself does next to nothing: all that could fail happens in a child, which it waits for with
 * a time limit, so that no fault of ours can end in "Attempted to kill init". It must not exit, leave
 * a mount or a file behind, or touch a NIC.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arm_cmdline.h"
#include "arm_console.h"
#include "arm_life.h"
#include "arm_load.h"
#include "arm_open.h"
#include "arm_sys.h"
#include "session_conf.h"

enum { ARM_LIMIT_MS = 20000, CMDLINE_MAX = 8192 };

#define CONF ARM_ROOT "/session.conf"
#define KEEPER_NAME "@lastwords"

static char cmdline[CMDLINE_MAX];

/* argv[0] begins with '@': systemd's switch-root and shutdown spare such a process. */
static void keeper_rename(char *argv0)
{
	static const char name[] = KEEPER_NAME;
	size_t room = strlen(argv0);

	if (room > 0) {
		memset(argv0, 0, room);
		memcpy(argv0, name, room < sizeof(name) - 1 ? room : sizeof(name) - 1);
	}
	prctl(PR_SET_NAME, "lastwords");
}

/* Makes and opens device nodes where there is no devtmpfs. */
static void arm_mount_dev(void)
{
	mkdir(ARM_ROOT "/dev", 0755);
	if (mount("devtmpfs", ARM_ROOT "/dev", "devtmpfs", 0, NULL) == 0)
		return;
	mknod(ARM_ROOT "/dev/kmsg", S_IFCHR | 0600, makedev(1, 11));
	mknod(ARM_ROOT "/dev/null", S_IFCHR | 0600, makedev(1, 3));
}

static void arm_open_hold(struct arm_hold *hold)
{
	int null = open(ARM_ROOT "/dev/null", O_RDWR | O_NOCTTY);

	for (int fd = 0; null >= 0 && fd < 3; fd++)
		if (null != fd)
			dup2(null, fd);
	if (null > 2)
		close(null);
	hold->kmsg = open(ARM_ROOT "/dev/kmsg", O_WRONLY | O_CLOEXEC);
	hold->proc = open(ARM_ROOT "/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	hold->sys = open(ARM_ROOT "/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
	hold->dev = open(ARM_ROOT "/dev", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Leaves the rootfs as it was without us; what we hold open stays usable. */
static void arm_clean(void)
{
	umount2(ARM_ROOT "/dev", MNT_DETACH);
	umount2(ARM_ROOT "/sys", MNT_DETACH);
	umount2(ARM_ROOT "/proc", MNT_DETACH);
	arm_remove_tree(ARM_ROOT);
}

static void keeper_shield(const struct arm_hold *hold)
{
	static const int ignored[] = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM, SIGUSR1, SIGUSR2};

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	arm_write_at(hold->proc, "self/oom_score_adj", "-1000");
}

/*
 * Beside a boot server that is not ours there is no session archive, but lastwords.url= on the
 * command line: writes CONF and its text. Its length, or -1 and why not.
 */
static long arm_conf_make(struct err *err, const struct arm_hold *hold, char *text, size_t size)
{
	static struct arm_identity identity;
	struct kv_out out;
	ssize_t n = -1;
	int fd, rc;

	arm_open_identity(hold, &identity);
	kv_out_init(&out, text, size);
	rc = arm_open_conf(err, cmdline, &identity, &out);
	if (rc > 0)
		return err_set(err, "no session archive");
	if (rc < 0)
		return -1;
	fd = open(CONF, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd >= 0) {
		n = write(fd, text, out.len);
		close(fd);
	}
	return n == (ssize_t)out.len ? (long)n : err_errno(err, CONF);
}

/* What our own command line would have said; the OS's own words win. */
static void arm_panic_words(const struct arm_hold *hold, int panic)
{
	char value[16];

	if (arm_cmdline_get(cmdline, "oops", NULL, value, sizeof(value)) <= 0)
		arm_write_at(hold->proc, "sys/kernel/panic_on_oops", "1\n");
	if (arm_cmdline_get(cmdline, "panic", NULL, value, sizeof(value)) <= 0) {
		snprintf(value, sizeof(value), "%d\n", panic);
		arm_write_at(hold->proc, "sys/kernel/panic", value);
	}
}

/* The child: arms, says so, lets PID 1 go on (ready), and keeps. */
static void arm_child(char *argv0, int ready)
{
	static struct session_conf conf;
	static struct arm_loaded loaded;
	static struct arm_life life;
	static char text[SESSION_CONF_MAX];
	static char
	    capture[sizeof(loaded.capture) + sizeof(loaded.why) + sizeof(loaded.how_why) + 48];
	static char why[sizeof(((struct err *)0)->msg)];
	int64_t begin = arm_now();
	struct err err = {""};
	long len;
	int bad;

	setsid();
	keeper_rename(argv0);
	mkdir(ARM_ROOT "/sys", 0755);
	mount("sysfs", ARM_ROOT "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	arm_mount_dev();
	arm_open_hold(&life.hold);
	keeper_shield(&life.hold);
	len = arm_read_at(AT_FDCWD, CONF, text, sizeof(text) - 1);
	if (len > 0)
		text[len++] = '\n'; /* shells drop a last line without one */
	else
		len = arm_conf_make(&err, &life.hold, text, sizeof(text));
	bad = len < 0 || session_conf_read(&err, CONF, &conf);
	unlink(CONF);
	if (bad) {
		arm_say(life.hold.kmsg, 4, "not armed: %s", err.msg);
	} else {
		arm_console_hold(&life.console, ARM_ROOT "/modules", conf.early);
		arm_modules_hold(&life.backend, ARM_ROOT "/pstore");
		life.cmdline = cmdline;
		life.armed =
		    arm_load(&err, &life.hold, &conf, text, (size_t)len, cmdline, &loaded) == 0;
		life.ms = arm_now() - begin;
		snprintf(capture, sizeof(capture), "%s%s%s%s%s", loaded.capture,
		    loaded.why[0] ? ", not " : "", loaded.why,
		    loaded.how_why[0] ? "; by kexec_file_load, not kexec_load: " : "",
		    loaded.how_why);
		life.capture = capture;
		if (life.armed && conf.open[0])
			arm_panic_words(&life.hold, conf.panic);
		if (life.armed)
			arm_watch_begin(&life.watch, &life.hold);
		if (life.armed)
			arm_say(life.hold.kmsg, 5,
			    "armed%s%s by %s%s%s, %lld MB reserved, %lld ms, %s kernel%s%s",
			    conf.session[0] ? " " : "", conf.session, loaded.how,
			    loaded.how_why[0] ? ", not kexec_load: " : "", loaded.how_why,
			    loaded.crashkernel >> 20, life.ms, loaded.capture,
			    loaded.why[0] ? ", not " : "", loaded.why);
		else
			arm_say(life.hold.kmsg, 4, "not armed: %s", err.msg);
	}
	memset(text, 0, sizeof(text));
	arm_clean();
	if (chdir("/") || write(ready, "", 1) != 1)
		arm_say(life.hold.kmsg, 4, "nobody waits for arm");
	close(ready);
	if (bad)
		_exit(0);
	snprintf(why, sizeof(why), "%s", life.armed ? "" : err.msg);
	life.why = why;
	life.conf = &conf;
	arm_life_run(&life);
	_exit(0);
}

static void arm_start(char *argv0)
{
	int ready[2];
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC))
		return;
	pid = fork();
	if (pid == 0) {
		close(ready[0]);
		arm_child(argv0, ready[1]);
		_exit(0);
	}
	close(ready[1]);
	if (pid > 0) {
		struct pollfd done = {.fd = ready[0], .events = POLLIN};
		char byte;

		if (poll(&done, 1, ARM_LIMIT_MS) == 0)
			kill(pid, SIGKILL);
		if (read(ready[0], &byte, 1) != 1) {
			/* it died, or hung until now: say so and clean up in its place */
			int kmsg;

			mknod(ARM_ROOT "/kmsg", S_IFCHR | 0600, makedev(1, 11));
			kmsg = open(ARM_ROOT "/kmsg", O_WRONLY | O_CLOEXEC);
			arm_say(
			    kmsg, 4, "not armed: arm died or took over %d s", ARM_LIMIT_MS / 1000);
			if (kmsg >= 0)
				close(kmsg);
			arm_clean();
			waitpid(pid, NULL, WNOHANG);
		}
	}
	close(ready[0]);
}

/* Becomes the OS's init with our own arguments. Returns if it cannot. */
static void arm_exec(const char *path, char **argv, char *old)
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
	if (arm_read_at(AT_FDCWD, ARM_ROOT "/proc/cmdline", cmdline, sizeof(cmdline)) > 0)
		arm_cmdline_init(cmdline, init, sizeof(init));
	arm_start(argv[0]);
	arm_exec(init, argv, argv[0]);
	failed = errno;
	mkdir("/dev", 0755);
	mknod("/dev/kmsg", S_IFCHR | 0600, makedev(1, 11));
	kmsg = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	arm_say(kmsg, 3, "the OS's init %s: %s", init, strerror(failed));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		arm_exec(others[i], argv, argv[0]);
	arm_say(kmsg, 0, "no init at all");
	for (;;)
		pause();
}
