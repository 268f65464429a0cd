/* SPDX-License-Identifier: MIT */
/*
 * target: switches a machine: power, NMI, one boot from the network. One interface over four drivers
 * (lastwords.conf(5), section target): ipmi runs ipmitool, redfish speaks HTTP, qemu starts and controls a
 * virtual machine of this server, command runs shell commands.
 *
 * A call blocks, for a bounded time; a caller that must not wait makes it in a process of its own. It holds the
 * lock of its BMC (STATE/run/targets/NAME.lock, flock(2)), for which TARGET_STATUS waits 10 s and the others
 * minutes, and leaves `pause` seconds between two calls, also of other processes: bursts freeze BMCs. A change
 * of power is done when the status says so, never by the acknowledgement. No secret is in an argument, an
 * environment, a log, the journal or an error.
 *
 * Every call but TARGET_STATUS appends an event to the journal: `power`, session "-", target, mac, action,
 * result (done, refused, failed), why, power, ms, by (who asked).
 */
#ifndef LASTWORDS_TARGET_H
#define LASTWORDS_TARGET_H

#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/file.h"
#include "config/config.h"

enum target_action {
	TARGET_STATUS,
	TARGET_ON, /* done at once if it is on */
	TARGET_OFF, /* at once, not by the OS; done at once if it is off */
	TARGET_CYCLE, /* off, then on; from off: on */
	TARGET_RESET, /* without power off; from off: refused */
	TARGET_NMI, /* from off: refused */
	TARGET_PXE, /* the next boot, once, is from the network; read back where the BMC can */
	TARGET_ACTIONS
};

enum target_power { TARGET_POWER_UNKNOWN, TARGET_POWER_OFF, TARGET_POWER_ON };

enum target_result {
	TARGET_DONE, /* and confirmed, where there is something that confirms it */
	TARGET_REFUSED, /* the target cannot do that, or not in its state: trying again does not help */
	TARGET_FAILED, /* unreachable, wrong password, not confirmed in time: err says which */
};

struct target_call {
	const struct config *config; /* its state directory */
	const struct config_target *target;
	int efi; /* TARGET_PXE: the machine boots by EFI: 1, by BIOS: 0, unknown: -1 (target_boots_efi) */
	const char *by; /* who asked, for the journal; NULL: unknown */
};

enum { TARGET_PROGRESS_MAX = 40 };

struct target_reply {
	enum target_power power; /* the last that was seen */
	/* how far the machine's boot came, in Redfish's words ("OSRunning"); "" where the BMC does not say */
	char progress[TARGET_PROGRESS_MAX];
	int64_t ms; /* how long the call took */
	int confirmed; /* 1: the status, or the setting read back, has shown it */
};

/* "status", "on", … as the command line and the journal write them; NULL past the last. */
const char *target_action_name(enum target_action action);
/* 0, or -1: unknown action. */
int target_action_parse(struct err *err, const char *name, enum target_action *action);
const char *target_power_name(enum target_power power); /* "on", "off", "unknown" */
const char *target_result_name(enum target_result result); /* "done", "refused", "failed" */

/* err has the reason of all but TARGET_DONE: "problem; suggested fix". */
enum target_result target_do(struct err *err, const struct target_call *call,
    enum target_action action, struct target_reply *reply);

/*
 * Where the target's console is, as `console` in lastwords.conf(5) writes it: of the driver qemu its own
 * FIFOs, pipe:STATE/run/targets/NAME.console; "sol" for serial-over-LAN; "" if it has none. 0/-1: too long.
 */
int target_console(struct err *err, const struct config *config, const struct config_target *target,
    char out[FILE_PATH_MAX]);

/*
 * Who holds the target's serial-over-LAN, as the BMC reports it: "user 2 at 192.0.2.7". Blocks like a call.
 * 0, or -1: nobody does, or the BMC does not report it.
 */
enum { TARGET_HOLDER_MAX = 80 };
int target_holder(struct err *err, const struct config *config, const struct config_target *target,
    char out[TARGET_HOLDER_MAX]);

/* A break on the serial line of a QEMU that runs. 0/-1. */
int target_break(struct err *err, const struct config *config, const struct config_target *target);

/*
 * The password of a target, the first line of its file, at most TARGET_PASSWORD_MAX bytes. The
 * caller overwrites it after use (explicit_bzero). 0/-1, also if other users can read the file.
 */
enum { TARGET_PASSWORD_MAX = 128 };
int target_password(
    struct err *err, const struct config_target *target, char out[TARGET_PASSWORD_MAX + 1]);

/* 1: the machine's newest session was booted by EFI; 0: by a BIOS; -1: unknown (no session, no index). */
int target_boots_efi(const struct config *config, const struct config_target *target);

/*
 * Looks for what would go wrong: password files, programs, paths. Prints "FILE:LINE: problem; suggested
 * fix" for each on out, as config_check does; returns how many. Sends nothing to a BMC.
 */
int target_check(const struct config *config, FILE *out);

#endif
