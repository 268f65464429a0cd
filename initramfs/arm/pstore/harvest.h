/* SPDX-License-Identifier: MIT */
/*
 * harvest: when what the firmware kept of a boot before is read, sent, and sent again. Sends
 * nothing itself: the keeper's call does, with what is in pstore.
 *
 * It is read at once where the kernel has a backend, or the overlay one for it; else as soon as the
 * OS has loaded one. The keeper's first call brings it; what the server did not take then, and what
 * was read later, goes by calls of its own.
 */
#ifndef LASTWORDS_ARM_PSTORE_HARVEST_H
#define LASTWORDS_ARM_PSTORE_HARVEST_H

#include <stdint.h>

#include "arm/modules.h"
#include "arm/sys.h"
#include "pstore.h"

enum {
	ARM_HARVEST_LOOK_MS = 5000, /* between two looks for a backend, */
	ARM_HARVEST_LOOK_END_MS = 300000, /* until the machine has been up for so long */
	ARM_HARVEST_SEND_MS = 30000, /* between two calls of its own, */
	ARM_HARVEST_TRIES = 20, /* so many at most */
};

struct arm_harvest {
	struct arm_pstore pstore; /* what was read and is not stored yet */
	int64_t look_at; /* arm_now(), when to look for a backend; -1: not */
	int64_t send_at; /* when to make a call for it alone; -1: not */
	int tries;
};

void arm_harvest_init(struct arm_harvest *harvest);
/* Loads a backend of modules where there is none, and reads what there is. */
void arm_harvest_begin(struct arm_harvest *harvest, const struct arm_modules *modules,
    const struct arm_hold *hold, const char *cmdline);
/* Forgets all: the profile does not want it. */
void arm_harvest_drop(struct arm_harvest *harvest);

/*
 * Looks for a backend that the OS has loaded, if it is time. Not while a call is under way.
 * acknowledged: the keeper's first call is over, and will not bring what is found.
 */
void arm_harvest_look(
    struct arm_harvest *harvest, const struct arm_hold *hold, int acknowledged, int64_t now);
/* 1, once: it is time to make a call for pstore alone. */
int arm_harvest_is_due(struct arm_harvest *harvest, int64_t now);
/*
 * How a call ended: rc is arm_call_end's, and why; alone: it was for pstore only, so that nobody
 * else will make another. Says in the kernel log what became of it.
 */
void arm_harvest_called(struct arm_harvest *harvest, const struct arm_hold *hold, int rc, int alone,
    const char *why, int64_t now);
/* When it wants to be asked again, without a call under way; -1: not by itself. */
int64_t arm_harvest_wake(const struct arm_harvest *harvest);

#endif
