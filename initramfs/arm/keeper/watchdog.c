/* SPDX-License-Identifier: MIT */
/* watchdog: the hardware watchdog of a machine that is not armed; see watchdog.h. */
#include "watchdog.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* linux/watchdog.h, which musl's headers lack */
#define WATCHDOG_SETTIMEOUT _IOWR('W', 6, int)
#define WATCHDOG_KEEPALIVE _IOR('W', 5, int)

/* Without a class: ipmi_watchdog of kernels before 4.x, and of today. */
#define IPMI "module/ipmi_watchdog"

enum watchdog_use watchdog_judge(const char *identity, const char *state, const char *nowayout)
{
	if (!identity[0] || strstr(identity, "Software Watchdog"))
		return WATCHDOG_NO;
	if (strcmp(state, "active") == 0)
		return WATCHDOG_USED;
	return strcmp(nowayout, "1") == 0 ? WATCHDOG_NO : WATCHDOG_UNUSED;
}

void watchdog_begin(struct watchdog *watchdog, int wanted)
{
	memset(watchdog, 0, sizeof(*watchdog));
	watchdog->fd = watchdog->number = -1;
	watchdog->at = wanted ? 0 : -1;
}

static enum watchdog_use watchdog_read(
    const struct sys *sys, int number, char *identity, size_t size)
{
	char path[64], state[16], nowayout[8];

	snprintf(path, sizeof(path), "class/watchdog/watchdog%d/identity", number);
	sys_read_at(sys->sysfs, path, identity, size);
	snprintf(path, sizeof(path), "class/watchdog/watchdog%d/state", number);
	sys_read_at(sys->sysfs, path, state, sizeof(state));
	snprintf(path, sizeof(path), "class/watchdog/watchdog%d/nowayout", number);
	sys_read_at(sys->sysfs, path, nowayout, sizeof(nowayout));
	return watchdog_judge(identity, state, nowayout);
}

/* The device of this name in /dev, which the keeper's own root no longer has. fd or -1 with errno. */
static int watchdog_open(const char *name)
{
	int dev = sys_mount("devtmpfs"), fd, seconds = WATCHDOG_TIMEOUT_S;

	if (dev < 0)
		return -1;
	fd = openat(dev, name, O_WRONLY | O_CLOEXEC);
	close(dev);
	if (fd >= 0)
		ioctl(fd, WATCHDOG_SETTIMEOUT, &seconds);
	return fd;
}

static void watchdog_set_panic(const struct sys *sys, int seconds)
{
	char text[16];

	snprintf(text, sizeof(text), "%d\n", seconds);
	sys_write_at(sys->proc, "sys/kernel/panic", text);
	if (seconds == 0) /* (there, if ipmi_watchdog is) */
		sys_write_at(sys->sysfs, IPMI "/parameters/panic_wdt_timeout", "10\n");
}

static void watchdog_rely(
    struct watchdog *watchdog, const struct sys *sys, int number, int fd, const char *identity)
{
	snprintf(watchdog->identity, sizeof(watchdog->identity), "%s", identity);
	watchdog->number = number;
	watchdog->fd = fd;
	watchdog_set_panic(sys, 0);
	sys_log(sys->kmsg, 5, "a panic is ended by the watchdog \"%s\"%s; kernel.panic=0", identity,
	    fd >= 0 ? "" : ", which the OS feeds");
}

/* Opens the device once nobody has used it for long enough. 1 if it is relied on now. */
static int watchdog_try(struct watchdog *watchdog, const struct sys *sys, int number,
    const char *name, const char *identity, int64_t now)
{
	int64_t *since = &watchdog->unused_since[number];
	int fd;

	if (!*since)
		*since = now > 0 ? now : 1;
	if (now - *since < WATCHDOG_WAIT_MS)
		return 0;
	fd = watchdog_open(name);
	if (fd < 0 && errno != EBUSY)
		return 0;
	watchdog_rely(watchdog, sys, number, fd, identity);
	return 1;
}

static int watchdog_look(struct watchdog *watchdog, const struct sys *sys, int64_t now)
{
	char identity[sizeof(watchdog->identity)], name[16];
	int any = 0;

	for (int i = 0; i < WATCHDOG_DEVICES; i++) {
		enum watchdog_use use = watchdog_read(sys, i, identity, sizeof(identity));

		any |= identity[0] != '\0';
		if (use == WATCHDOG_USED) {
			watchdog_rely(watchdog, sys, i, -1, identity);
			return 1;
		}
		if (use == WATCHDOG_NO) {
			watchdog->unused_since[i] = 0;
			continue;
		}
		snprintf(name, sizeof(name), "watchdog%d", i);
		if (watchdog_try(watchdog, sys, i, name, identity, now))
			return 1;
	}
	return !any && faccessat(sys->sysfs, IPMI, F_OK, 0) == 0 &&
	       watchdog_try(watchdog, sys, 0, "watchdog", "IPMI", now);
}

/* The OS has closed the one that it fed: kernel.panic is as it was. */
static int watchdog_is_gone(const struct watchdog *watchdog, const struct sys *sys)
{
	char identity[sizeof(watchdog->identity)];

	return watchdog->fd < 0 && strcmp(watchdog->identity, "IPMI") != 0 &&
	       watchdog_read(sys, watchdog->number, identity, sizeof(identity)) != WATCHDOG_USED;
}

int watchdog_step(struct watchdog *watchdog, const struct sys *sys, int panic, int64_t now)
{
	if (watchdog->at < 0 || now < watchdog->at)
		return 0;
	watchdog->at = now + WATCHDOG_LOOK_MS;
	if (watchdog->fd >= 0) {
		int unused = 0;

		ioctl(watchdog->fd, WATCHDOG_KEEPALIVE, &unused);
		watchdog->at = now + WATCHDOG_FEED_MS;
		return 0;
	}
	if (watchdog->number >= 0) {
		if (!watchdog_is_gone(watchdog, sys))
			return 0;
		watchdog_set_panic(sys, panic);
		watchdog->number = -1;
		watchdog->identity[0] = '\0';
		memset(watchdog->unused_since, 0, sizeof(watchdog->unused_since));
		return 1;
	}
	if (watchdog_look(watchdog, sys, now)) {
		watchdog->at = now + WATCHDOG_FEED_MS;
		return 1;
	}
	if (now > WATCHDOG_LOOK_END_MS)
		watchdog->at = -1;
	return 0;
}

static volatile sig_atomic_t watchdog_fd = -1, watchdog_panic_fd = -1;
static char watchdog_panic[16];

/* (only what signal-safety(7) allows; "V" is the driver's "magic close") */
static void watchdog_on_term(int unused)
{
	(void)unused;
	/* (with a panic to come that nothing would end) */
	if (write(watchdog_panic_fd, watchdog_panic, strlen(watchdog_panic)) < 0 ||
	    write(watchdog_fd, "V", 1) == 1)
		close(watchdog_fd);
	_exit(0);
}

void watchdog_catch_term(const struct watchdog *watchdog, const struct sys *sys, int panic)
{
	if (watchdog->fd < 0)
		return;
	snprintf(watchdog_panic, sizeof(watchdog_panic), "%d\n", panic);
	watchdog_panic_fd = openat(sys->proc, "sys/kernel/panic", O_WRONLY | O_CLOEXEC);
	watchdog_fd = watchdog->fd;
	signal(SIGTERM, watchdog_on_term);
}
