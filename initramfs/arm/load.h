/* SPDX-License-Identifier: MIT */
/*
 * load: loads the capture kernel, by kexec(8) from the overlay. Every check has a reason that a
 * person can act on, and every step an end.
 */
#ifndef LASTWORDS_ARM_LOAD_H
#define LASTWORDS_ARM_LOAD_H

#include "session/conf.h"
#include "sys.h"

/* The overlay's root; kexec runs with this as its "/". */
#define ARM_ROOT "/lastwords"

enum {
	ARM_KEXEC_LIMIT_MS = 10000, /* for one run of kexec */
	ARM_LOAD_LIMIT_MS = 15000, /* for all of it */
};

struct arm_loaded {
	char how[16]; /* "kexec_load", "kexec_file_load" */
	char capture[8]; /* "stock", "small" */
	char why[160]; /* why not the one that the profile asks for; "" it is that one */
	char how_why[160]; /* why not kexec_load; "" it is that */
	long long crashkernel; /* bytes reserved, -1 unknown */
};

/*
 * Appends conf_text (conf_len bytes, as session.conf was) to the capture initramfs, loads it with
 * the capture kernel that conf asks for or else with another that the overlay has and that will
 * fit, and removes all of them and kexec, so that their memory is free again. ARM_ROOT/proc and
 * ARM_ROOT/sys are mounted. cmdline is the running kernel's. -1 and why: not armed.
 */
int arm_load(struct err *err, const struct arm_hold *hold, const struct session_conf *conf,
    const char *conf_text, size_t conf_len, const char *cmdline, struct arm_loaded *loaded);

/* Forbids all further loading of capture kernels (stay_armed), as far as this kernel can. */
void arm_load_lock(const struct arm_hold *hold);
/* Bytes of the crashkernel reservation, -1 unknown. */
long long arm_load_reserved(const struct arm_hold *hold);
/* 1 if a capture kernel is loaded, as the running kernel says, else 0. */
int arm_load_is_loaded(const struct arm_hold *hold);

#endif
