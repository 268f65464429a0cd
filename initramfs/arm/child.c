/* SPDX-License-Identifier: MIT */
/* child: arms the machine and becomes the keeper; see child.h. */
#include "child.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "arm/keeper/life.h"
#include "cmdline.h"
#include "load.h"
#include "open.h"
#include "session/conf.h"

#define CONF ARM_ROOT "/session.conf"

/* argv[0] begins with '@': systemd's switch-root and shutdown spare such a process. */
static void child_rename(char *argv0)
{
	static const char name[] = "@lastwords";
	size_t room = strlen(argv0);

	if (room > 0) {
		memset(argv0, 0, room);
		memcpy(argv0, name, room < sizeof(name) - 1 ? room : sizeof(name) - 1);
	}
	prctl(PR_SET_NAME, "lastwords");
}

/* Where there is no devtmpfs, the two nodes that are needed. */
static void child_mount_dev(void)
{
	mkdir(ARM_ROOT "/dev", 0755);
	if (mount("devtmpfs", ARM_ROOT "/dev", "devtmpfs", 0, NULL) == 0)
		return;
	mknod(ARM_ROOT "/dev/kmsg", S_IFCHR | 0600, makedev(1, 11));
	mknod(ARM_ROOT "/dev/null", S_IFCHR | 0600, makedev(1, 3));
}

static void child_hold(struct arm_hold *hold)
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
}

void arm_child_clean(void)
{
	umount2(ARM_ROOT "/dev", MNT_DETACH);
	umount2(ARM_ROOT "/sys", MNT_DETACH);
	umount2(ARM_ROOT "/proc", MNT_DETACH);
	arm_remove_tree(ARM_ROOT);
}

static void child_shield(const struct arm_hold *hold)
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
static long child_make_conf(
    struct err *err, const struct arm_hold *hold, const char *cmdline, char *text, size_t size)
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
static void child_panic_words(const struct arm_hold *hold, const char *cmdline, int panic)
{
	char value[16];

	if (arm_cmdline_get(cmdline, "oops", NULL, value, sizeof(value)) <= 0)
		arm_write_at(hold->proc, "sys/kernel/panic_on_oops", "1\n");
	if (arm_cmdline_get(cmdline, "panic", NULL, value, sizeof(value)) <= 0) {
		snprintf(value, sizeof(value), "%d\n", panic);
		arm_write_at(hold->proc, "sys/kernel/panic", value);
	}
}

void arm_child(char *argv0, const char *cmdline, int ready)
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
	child_rename(argv0);
	mkdir(ARM_ROOT "/sys", 0755);
	mount("sysfs", ARM_ROOT "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	child_mount_dev();
	child_hold(&life.hold);
	child_shield(&life.hold);
	len = arm_read_at(AT_FDCWD, CONF, text, sizeof(text) - 1);
	if (len > 0)
		text[len++] = '\n'; /* shells drop a last line without one */
	else
		len = child_make_conf(&err, &life.hold, cmdline, text, sizeof(text));
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
		if (life.armed) {
			if (conf.open[0])
				child_panic_words(&life.hold, cmdline, conf.panic);
			arm_watch_begin(&life.watch, &life.hold);
			arm_say(life.hold.kmsg, 5,
			    "armed%s%s by %s%s%s, %lld MB reserved, %lld ms, %s kernel%s%s",
			    conf.session[0] ? " " : "", conf.session, loaded.how,
			    loaded.how_why[0] ? ", not kexec_load: " : "", loaded.how_why,
			    loaded.crashkernel >> 20, life.ms, loaded.capture,
			    loaded.why[0] ? ", not " : "", loaded.why);
		} else {
			arm_say(life.hold.kmsg, 4, "not armed: %s", err.msg);
		}
	}
	memset(text, 0, sizeof(text));
	arm_child_clean();
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
