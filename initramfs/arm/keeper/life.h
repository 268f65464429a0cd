/* SPDX-License-Identifier: MIT */
/*
 * life: the keeper's main loop after arm has handed over: carries out what keeper decides, and
 * watches the loaded capture kernel and pstore. It must not exit, touch a NIC, or hold what the OS
 * wants to unmount.
 */
#ifndef LASTWORDS_ARM_KEEPER_LIFE_H
#define LASTWORDS_ARM_KEEPER_LIFE_H

#include "arm/modules.h"
#include "arm/netconsole.h"
#include "arm/sys.h"
#include "session/conf.h"
#include "watch.h"

/* What arm leaves to the keeper. */
struct life {
	const struct session_conf *conf;
	struct sys sys;
	struct netconsole netconsole;
	struct modules backends; /* of pstore */
	const char *cmdline; /* the kernel's */
	int armed;
	const char *why; /* why not armed, or "" */
	struct watch watch; /* of what is loaded, when armed */
	const char
	    *capture; /* which capture kernel is loaded, and why if the profile names another */
	long long ms; /* that arming took */
	int kmsg_in; /* /dev/kmsg for reading; -1 */
	int oops_kmsg; /* the same, where an oops is to be reported and ended (oops.h); -1 */
	long oops_before; /* life_oopses then */
};

/* Where the profile wants an oops of a machine that is not armed to be reported and then ended by the keeper: it is no
 * panic, and the keeper reads the log from here on. To be called with the session's settings known. */
void life_survive_oops(struct life *life);

/* Returns only where the keeper can do nothing at all (no netlink). */
void life_run(struct life *life);

#endif
