/* SPDX-License-Identifier: MIT */
/* console: netconsole in the running kernel; see console.h. */
#include "console.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/num.h"

/* Numbers of linux/mount.h and syslog(2); musl and older headers have no names for them. */
enum {
	CONSOLE_SYSLOG_LEVEL = 8, /* SYSLOG_ACTION_CONSOLE_LEVEL, syslog(2) */
	CONSOLE_FSCONFIG_CREATE = 6, /* FSCONFIG_CMD_CREATE */
};
#define CONFIGFS_TARGET "netconsole/lastwords"

void arm_console_hold(struct arm_console *console, const char *dir, int early)
{
	arm_modules_hold(&console->modules, dir);
	console->by_module = early;
	console->configfs = -1;
}

static void console_raise_level(const struct arm_hold *hold)
{
	char text[64];
	struct err err;
	uint64_t level;

	if (arm_read_at(hold->proc, "sys/kernel/printk", text, sizeof(text)) > 0 &&
	    num_u64(&err, "printk", text, strcspn(text, " \t"), 0, INT32_MAX, &level) == 0 &&
	    level >= ARM_CONSOLE_LEVEL)
		return;
	klogctl(CONSOLE_SYSLOG_LEVEL, NULL, ARM_CONSOLE_LEVEL);
}

/* 0 done, 1: netconsole is in the kernel without us, -1. */
static int console_by_module(
    struct err *err, struct arm_console *console, const struct arm_hold *hold, const char *param)
{
	const struct arm_modules *modules = &console->modules;
	int netconsole = arm_modules_find(modules, "netconsole");
	enum arm_way way = arm_target_way(faccessat(hold->sys, "module/netconsole", F_OK, 0) == 0,
	    console->by_module, netconsole >= 0);

	if (way == ARM_WAY_NONE)
		return err_set(err, "no netconsole module for this kernel in the overlay");
	if (way == ARM_WAY_RELOAD && syscall(SYS_delete_module, "netconsole", O_NONBLOCK) == 0)
		way = ARM_WAY_MODULE;
	/* Built in it cannot be unloaded; and somebody else may have made targets in it. */
	if (way != ARM_WAY_MODULE)
		return 1;
	console->by_module = 0;
	for (int i = 0; i < modules->count; i++) {
		int got = arm_modules_insert(modules, i, i == netconsole ? param : "");

		if (got < 0 && i == netconsole)
			return err_errno(err, "loading netconsole %s", param);
		if (got == 1 && i == netconsole)
			return 1;
	}
	console->by_module = 1;
	return 0;
}

/* A mount of configfs that is in no directory, so that no one else sees or loses anything. */
static int console_configfs(struct err *err, struct arm_console *console)
{
	int fs, made = -1;

	if (console->configfs >= 0)
		return 0;
	fs = (int)syscall(SYS_fsopen, "configfs", 1 /* FSOPEN_CLOEXEC */);
	if (fs < 0)
		return err_errno(err, "configfs");
	if (syscall(SYS_fsconfig, fs, CONSOLE_FSCONFIG_CREATE, NULL, NULL, 0) == 0)
		made = (int)syscall(SYS_fsmount, fs, 1 /* FSMOUNT_CLOEXEC */, 0);
	if (made < 0)
		err_errno(err, "mounting configfs");
	close(fs);
	console->configfs = made;
	return made < 0 ? -1 : 0;
}

static int console_set(struct err *err, int dir, const char *name, const char *value)
{
	char path[96];

	snprintf(path, sizeof(path), CONFIGFS_TARGET "/%s", name);
	if (arm_write_at(dir, path, value))
		return err_errno(err, "configfs netconsole: %s=%s", name, value);
	return 0;
}

static int console_by_configfs(struct err *err, struct arm_console *console,
    const struct arm_target *target, const struct arm_server *server)
{
	char source[INET_ADDRSTRLEN], remote[INET_ADDRSTRLEN], port[8], mac[ARM_MAC_TEXT];
	int dir;

	if (console_configfs(err, console))
		return -1;
	dir = console->configfs;
	if (mkdirat(dir, CONFIGFS_TARGET, 0755) && errno != EEXIST)
		return err_errno(err, "configfs netconsole target");
	arm_write_at(dir, CONFIGFS_TARGET "/enabled", "0\n"); /* refused where it is off already */
	inet_ntop(AF_INET, &target->source, source, sizeof(source));
	inet_ntop(AF_INET, &server->address, remote, sizeof(remote));
	snprintf(port, sizeof(port), "%u", (unsigned)server->port);
	arm_mac_text(target->mac, ':', mac);
	if (console_set(err, dir, "dev_name", target->name) ||
	    console_set(err, dir, "local_ip", source) ||
	    console_set(err, dir, "remote_ip", remote) ||
	    console_set(err, dir, "remote_port", port) ||
	    console_set(err, dir, "remote_mac", mac) ||
	    console_set(err, dir, "extended", server->extended ? "1" : "0") ||
	    console_set(err, dir, "enabled", "1"))
		return -1;
	return 0;
}

int arm_console_start(struct err *err, struct arm_console *console, const struct arm_hold *hold,
    const struct arm_target *target, const struct arm_server *server)
{
	char param[ARM_PARAM_MAX];
	int got;

	if (arm_target_param(err, target, server, param))
		return -1;
	console_raise_level(hold);
	got = console_by_module(err, console, hold, param);
	return got == 1 ? console_by_configfs(err, console, target, server) : got;
}
