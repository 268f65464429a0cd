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
#include "https/https.h"
#include "load.h"
#include "open.h"
#include "session/conf.h"

#define CONF ARM_ROOT "/session.conf"

/*
 * argv[0] begins with '@': systemd does not kill such a process when it changes roots or shuts
 * down.
 */
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

/* Without devtmpfs, makes the two nodes that are needed. */
static void child_mount_dev(void)
{
	mkdir(ARM_ROOT "/dev", 0755);
	if (mount("devtmpfs", ARM_ROOT "/dev", "devtmpfs", 0, NULL) == 0)
		return;
	mknod(ARM_ROOT "/dev/kmsg", S_IFCHR | 0600, makedev(1, 11));
	mknod(ARM_ROOT "/dev/null", S_IFCHR | 0600, makedev(1, 3));
}

static void child_open(struct sys *sys)
{
	int null = open(ARM_ROOT "/dev/null", O_RDWR | O_NOCTTY);

	for (int fd = 0; null >= 0 && fd < 3; fd++)
		if (null != fd)
			dup2(null, fd);
	if (null > 2)
		close(null);
	sys->kmsg = open(ARM_ROOT "/dev/kmsg", O_WRONLY | O_CLOEXEC);
	sys->proc = open(ARM_ROOT "/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	sys->sysfs = open(ARM_ROOT "/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

void child_clean(void)
{
	umount2(ARM_ROOT "/dev", MNT_DETACH);
	umount2(ARM_ROOT "/sys", MNT_DETACH);
	umount2(ARM_ROOT "/proc", MNT_DETACH);
	sys_remove_tree(ARM_ROOT);
}

static void child_shield(const struct sys *sys)
{
	static const int ignored[] = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM, SIGUSR1, SIGUSR2};

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	sys_write_at(sys->proc, "self/oom_score_adj", "-1000");
}

/*
 * A machine that another boot server booted has no session archive, but lastwords.url= on its
 * command line: makes the text of session.conf from that. Its length, or -1.
 */
static long child_make_conf(
    struct err *err, const struct sys *sys, const char *cmdline, char *text, size_t size)
{
	static struct identity identity;
	struct kv_out out;
	int rc;

	open_identity(sys, &identity);
	kv_out_init(&out, text, size);
	rc = open_conf(err, cmdline, &identity, &out);
	if (rc > 0)
		return err_set(err, "no session archive");
	return rc < 0 ? -1 : (long)out.len;
}

/*
 * Reads and removes session.conf. The length of its text, which has room for one byte more, or -1.
 */
static long child_read_conf(struct err *err, const struct sys *sys, const char *cmdline, char *text,
    struct session_conf *conf)
{
	long len = sys_read_at(AT_FDCWD, CONF, text, SESSION_CONF_MAX);

	unlink(CONF);
	if (len > 0)
		text[len++] = '\n'; /* shells drop a last line without one */
	else
		len = child_make_conf(err, sys, cmdline, text, SESSION_CONF_MAX);
	return len < 0 || session_conf_parse(err, CONF, text, (size_t)len, conf) ? -1 : len;
}

/* What our own command line would have set; the OS's own words win. */
static void child_set_panic(const struct sys *sys, const char *cmdline, int panic)
{
	char value[16];

	if (cmdline_get(cmdline, "oops", NULL, value, sizeof(value)) <= 0)
		sys_write_at(sys->proc, "sys/kernel/panic_on_oops", "1\n");
	if (cmdline_get(cmdline, "panic", NULL, value, sizeof(value)) <= 0) {
		snprintf(value, sizeof(value), "%d\n", panic);
		sys_write_at(sys->proc, "sys/kernel/panic", value);
	}
}

/* Loads the capture kernel and reports it. */
static void child_arm(struct life *life, const char *text, size_t len, int64_t begin)
{
	static struct loaded loaded;
	static char capture[sizeof(loaded.picked.why) + sizeof(loaded.picked.how_why) + 60];
	static struct err err;
	const struct session_conf *conf = life->conf;
	const struct picked *picked = &loaded.picked;
	const struct sys *sys = &life->sys;
	int bad = load_capture(&err, sys, conf, text, len, life->cmdline, &loaded);

	life->armed = !bad;
	life->why = err.msg;
	life->ms = sys_now() - begin;
	if (bad) {
		life->capture = "";
		sys_log(sys->kmsg, 4, "not armed: %s", err.msg);
		return;
	}
	life->why = "";
	snprintf(capture, sizeof(capture), "%s%s%s%s%s", picked->capture,
	    picked->why[0] ? ", not " : "", picked->why,
	    picked->how_why[0] ? "; by kexec_file_load, not kexec_load: " : "", picked->how_why);
	life->capture = capture;
	if (conf->open[0])
		child_set_panic(sys, life->cmdline, conf->panic);
	watch_begin(&life->watch, sys);
	sys_log(sys->kmsg, 5, "armed%s%s by %s%s%s, %lld MB reserved, %lld ms, %s kernel%s%s",
	    conf->session[0] ? " " : "", conf->session, picked->how,
	    picked->how_why[0] ? ", not kexec_load: " : "", picked->how_why,
	    loaded.crashkernel >> 20, life->ms, picked->capture, picked->why[0] ? ", not " : "",
	    picked->why);
}

void child_run(char *argv0, const char *cmdline, int ready)
{
	static struct session_conf conf;
	static struct life life;
	static char text[SESSION_CONF_MAX + 1];
	int64_t begin = sys_now();
	struct err err = {""};
	long len;

	setsid();
	child_rename(argv0);
	mkdir(ARM_ROOT "/sys", 0755);
	mount("sysfs", ARM_ROOT "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	child_mount_dev();
	child_open(&life.sys);
	child_shield(&life.sys);
	if (https_open(&err))
		sys_log(life.sys.kmsg, 4, "%s", err.msg);
	len = child_read_conf(&err, &life.sys, cmdline, text, &conf);
	life.kmsg_in = open(ARM_ROOT "/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	life.oops_kmsg = -1;
	if (len < 0) {
		sys_log(life.sys.kmsg, 4, "not armed: %s", err.msg);
	} else {
		netconsole_hold(&life.netconsole, ARM_ROOT "/modules", conf.early);
		modules_hold(&life.backends, ARM_ROOT "/pstore");
		life.conf = &conf;
		life.cmdline = cmdline;
		https_session(conf.tls_name, conf.session);
		child_arm(&life, text, (size_t)len, begin);
		life_survive_oops(&life);
	}
	memset(text, 0, sizeof(text));
	child_clean();
	if (chdir("/") || write(ready, "", 1) != 1)
		sys_log(life.sys.kmsg, 4, "PID 1 did not wait for arm");
	close(ready);
	if (len >= 0)
		life_run(&life);
	_exit(0);
}
