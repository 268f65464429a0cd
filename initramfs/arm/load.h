/* SPDX-License-Identifier: MIT */
/*
 * load: loads the capture kernel, by kexec(8) from the overlay. Every check that fails gives a
 * reason that a person can act on, and every step has a time limit.
 */
#ifndef LASTWORDS_ARM_LOAD_H
#define LASTWORDS_ARM_LOAD_H

#include "pick.h"
#include "session/conf.h"
#include "sys.h"

/* The overlay's directory; kexec runs with this as its "/". */
#define ARM_ROOT "/lastwords"

enum {
	LOAD_KEXEC_LIMIT_MS = 10000, /* for one run of kexec */
	LOAD_LIMIT_MS = 15000, /* for all of them */
};

struct loaded {
	struct picked picked;
	long long crashkernel; /* bytes reserved, -1 unknown */
};

/*
 * Appends conf_text (conf_len bytes, session.conf as it was) to the capture initramfs, loads it
 * with the capture kernel that conf names, or else with another one of the overlay that fits, and
 * removes all of them and kexec from the rootfs, to free their memory. ARM_ROOT/proc and
 * ARM_ROOT/sys are mounted. cmdline is the running kernel's. 0, or -1: not armed, and why.
 */
int load_capture(struct err *err, const struct sys *sys, const struct session_conf *conf,
    const char *conf_text, size_t conf_len, const char *cmdline, struct loaded *loaded);

/* Forbids loading any other capture kernel (stay_armed), as far as this kernel can. */
void load_lock(const struct sys *sys);
/* Bytes of the crashkernel reservation, -1 unknown. */
long long load_reserved(const struct sys *sys);
/* 1 if the running kernel reports that a capture kernel is loaded, else 0. */
int load_is_loaded(const struct sys *sys);

#endif
