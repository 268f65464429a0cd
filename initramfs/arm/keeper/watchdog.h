/* SPDX-License-Identifier: MIT */
/*
 * watchdog: the hardware watchdog of a machine that is not armed, for kernels that would restart before
 * netconsole has sent a panic (boot/channels.h): with kernel.panic=0 they send all of it, and the watchdog, which
 * nobody feeds any more, resets the machine.
 *
 * One that the OS uses (/sys/class/watchdog/watchdogN/state: active) is left to it, and serves as well. One that
 * nobody uses is opened after WATCHDOG_WAIT_MS, so that an OS which wants it has it first. Left alone are
 * softdog, whose timer stops with the panic, and devices that cannot be stopped again (nowayout).
 * ipmi_watchdog without a device class has only /dev/watchdog, and no state: that the OS uses it is seen by EBUSY. Its
 * panic notifier would stretch the time limit to 255 s.
 *
 * Source: Documentation/watchdog/watchdog-api.rst, ABI/testing/sysfs-class-watchdog.
 */
#ifndef LASTWORDS_ARM_KEEPER_WATCHDOG_H
#define LASTWORDS_ARM_KEEPER_WATCHDOG_H

#include <stdint.h>

#include "arm/sys.h"

enum {
	WATCHDOG_WAIT_MS = 30000, /* that a device has not been used, before it is opened */
	WATCHDOG_LOOK_MS = 10000, /* between two looks, */
	WATCHDOG_LOOK_END_MS = 600000, /* until the machine has been up for this long */
	WATCHDOG_TIMEOUT_S = 30,
	WATCHDOG_LEAST_S =
	    5, /* a device with a shorter limit might reset a busy machine, and is left alone */
	WATCHDOG_FEED_MS = 5000, /* between two, or less: watchdog_feed_ms */
	WATCHDOG_DEVICES = 8, /* watchdog0 to watchdog7 */
};

struct watchdog {
	int fd; /* of the device that the keeper feeds; -1 */
	int feed_ms; /* how often */
	int64_t at; /* of the next watchdog_step; -1: never */
	int64_t unused_since[WATCHDOG_DEVICES]; /* 0: it is used, or not there */
	int number; /* of the device that is relied on; -1 none */
	char identity[64]; /* of it; "" none */
};

/* What a device is good for, by its files in sysfs; "" unknown. Pure. */
enum watchdog_use { WATCHDOG_NO, WATCHDOG_USED, WATCHDOG_UNUSED };
enum watchdog_use watchdog_judge(const char *identity, const char *state, const char *nowayout);

/* How often to feed a device that has this time limit (s; 0: unknown): thrice in it. -1: too short. Pure. */
int watchdog_feed_ms(int seconds);

/* wanted: it may be used at all. */
void watchdog_begin(struct watchdog *watchdog, int wanted);
/*
 * Looks for a device, or feeds it, when it is time. 1 if identity has changed: then kernel.panic is 0, or is as it was.
 */
int watchdog_step(struct watchdog *watchdog, const struct sys *sys, int panic, int64_t now);
/* SIGTERM sets kernel.panic to this again, stops the device and ends the process. Only while the keeper feeds one. */
void watchdog_catch_term(const struct watchdog *watchdog, const struct sys *sys, int panic);

#endif
