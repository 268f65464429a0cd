/* SPDX-License-Identifier: MIT */
/*
 * life: the keeper's life after arm has handed over: carries out what arm_keeper decides, and
 * looks after the loaded capture kernel and pstore. It must not exit, touch a NIC, or hold what the
 * OS wants to unmount.
 */
#ifndef LASTWORDS_ARM_KEEPER_LIFE_H
#define LASTWORDS_ARM_KEEPER_LIFE_H

#include "arm/console.h"
#include "arm/modules.h"
#include "arm/pstore/harvest.h"
#include "arm/sys.h"
#include "session/conf.h"
#include "watch.h"

struct arm_life {
	/* set by the caller */
	const struct session_conf *conf;
	struct arm_hold hold;
	struct arm_console console;
	struct arm_modules backend; /* of pstore */
	const char *cmdline; /* the kernel's */
	int armed;
	struct arm_watch watch; /* of what is loaded, when armed */
	const char *why; /* why not armed, "" */
	/* which capture kernel is loaded, with why if it is not the one asked for */
	const char *capture;
	long long ms; /* that arming took */
	/* the rest is arm_life's own */
	struct session_conf opened; /* the session that the keeper has opened itself */
	struct arm_harvest harvest;
};

/* Returns only where the keeper has nothing to do at all (no netlink). */
void arm_life_run(struct arm_life *life);

#endif
