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
#define WATCHDOG_GETTIMEOUT _IOR('W', 7, int)

/* Without a class: ipmi_watchdog of kernels before 4.x, and of today. */
#define IPMI "module/ipmi_watchdog"
#define IPMI_IDENTITY "IPMI"

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

int watchdog_feed_ms(int seconds)
{
	if (seconds > 0 && seconds < WATCHDOG_LEAST_S)
		return -1;
	return seconds > 0 && seconds < 3 * WATCHDOG_FEED_MS / 1000 ? seconds * 1000 / 3
								    : WATCHDOG_FEED_MS;
}

/* The device of this name in /dev, which the keeper's own root no longer has. fd or -1 with errno. */
static int watchdog_open(const char *name)
{
	int dev = sys_mount("devtmpfs"), fd, failed;

	if (dev < 0)
		return -1;
	fd = openat(dev, name, O_WRONLY | O_CLOEXEC);
	failed = errno;
	close(dev);
	errno = failed;
	return fd;
}

/* Sets the time limit, and asks for it: a device may have another range, or take none. How often to feed it. */
static int watchdog_set_timeout(int fd)
{
	int seconds = WATCHDOG_TIMEOUT_S;

	ioctl(fd, WATCHDOG_SETTIMEOUT, &seconds);
	return watchdog_feed_ms(ioctl(fd, WATCHDOG_GETTIMEOUT, &seconds) == 0 ? seconds : 0);
}

/* Stops it: "V" is the driver's "magic close". */
static void watchdog_close(int fd)
{
	if (write(fd, "V", 1) == 1)
		close(fd);
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
	watchdog->feed_ms = fd >= 0 ? watchdog_set_timeout(fd) : WATCHDOG_FEED_MS;
	if (watchdog->feed_ms < 0) {
		watchdog_close(fd);
		*since = INT64_MAX; /* never again */
		return 0;
	}
	watchdog_rely(watchdog, sys, number, fd, identity);
	return 1;
}

static int watchdog_has_ipmi(const struct sys *sys)
{
	char nowayout[8];

	if (faccessat(sys->sysfs, IPMI, F_OK, 0))
		return 0;
	sys_read_at(sys->sysfs, IPMI "/parameters/nowayout", nowayout, sizeof(nowayout));
	return nowayout[0] != 'Y' && nowayout[0] != '1';
}

static int watchdog_look(struct watchdog *watchdog, const struct sys *sys, int64_t now)
{
	char identity[sizeof(watchdog->identity)], name[16];
	int any = 0;

	for (int i = 0; i < WATCHDOG_DEVICES; i++) {
		enum watchdog_use use = watchdog_read(sys, i, identity, sizeof(identity));

		any |= identity[0] != '\0';
		if (use == WATCHDOG_USED) {
			watchdog->feed_ms = WATCHDOG_FEED_MS;
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
	return !any && watchdog_has_ipmi(sys) &&
	       watchdog_try(watchdog, sys, 0, "watchdog", IPMI_IDENTITY, now);
}

/* The one without a class: nobody uses it if it can be opened. It has not begun then, and is stopped. */
static int watchdog_ipmi_is_gone(void)
{
	int fd = watchdog_open("watchdog");

	if (fd >= 0)
		watchdog_close(fd);
	return fd >= 0 || errno != EBUSY;
}

/* The OS has closed the one that it fed: kernel.panic is as it was. */
static int watchdog_is_gone(const struct watchdog *watchdog, const struct sys *sys)
{
	char identity[sizeof(watchdog->identity)];

	if (strcmp(watchdog->identity, IPMI_IDENTITY) == 0)
		return watchdog_ipmi_is_gone();
	return watchdog_read(sys, watchdog->number, identity, sizeof(identity)) != WATCHDOG_USED;
}

int watchdog_step(struct watchdog *watchdog, const struct sys *sys, int panic, int64_t now)
{
	if (watchdog->at < 0 || now < watchdog->at)
		return 0;
	watchdog->at = now + WATCHDOG_LOOK_MS;
	if (watchdog->fd >= 0) {
		int unused = 0;

		ioctl(watchdog->fd, WATCHDOG_KEEPALIVE, &unused);
		watchdog->at = now + watchdog->feed_ms;
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
		watchdog->at = now + watchdog->feed_ms;
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
