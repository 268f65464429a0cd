/* SPDX-License-Identifier: MIT */
/*
 * console: netconsole in the running kernel, by what was held open before the rootfs went.
 *
 * As a module it is loaded with its parameter, which replays the whole kernel log to the server from
 * its first line. Where netconsole is there already (built in, or loaded by the OS), a target made
 * through configfs; that one replays nothing. A module that the command line of our making has
 * loaded early (session.conf's early) is unloaded and loaded again, so that nothing comes twice.
 *
 * The console log level is raised to 8 (everything) where it is lower, so that a gap in the sequence
 * numbers is a loss and nothing else: netconsole obeys the one level that all consoles share, `quiet`
 * sets it to 4, and an oops prints its registers and call trace at level 4, which would then be
 * missing. The price is that a serial console shows those messages too.
 */
#ifndef LASTWORDS_ARM_CONSOLE_H
#define LASTWORDS_ARM_CONSOLE_H

#include "modules.h"
#include "sys.h"
#include "target.h"

enum { ARM_CONSOLE_LEVEL = 8 };

struct arm_console {
	struct arm_modules modules; /* netconsole and what it depends on */
	int by_module; /* netconsole was loaded by us with its parameter, or is ours to unload */
	int configfs; /* a mount of configfs of our own, -1 not yet */
};

/* Opens the modules in dir; early: the command line of our making has started netconsole already. */
void arm_console_hold(struct arm_console *console, const char *dir, int early);
/* Starts netconsole on target, ending what ran before. 0/-1. May take some seconds. */
int arm_console_start(struct err *err, struct arm_console *console, const struct arm_hold *hold,
    const struct arm_target *target, const struct arm_server *server);

#endif
