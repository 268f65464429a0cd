/* SPDX-License-Identifier: MIT */
/*
 * backend: pstore's backend, where it is a module: Debian's kernels have ERST built in, but EFI
 * variables (efi_pstore) and a region of memory (ramoops) as modules, which an OS loads late or never.
 * The keeper loads the one that the machine has from the overlay: so the records of the boot before
 * are read before the OS takes them away (systemd-pstore), and a panic from then on is kept.
 *
 * Only one backend can be at a time (fs/pstore/platform.c, pstore_register): where there is one,
 * nothing is loaded. ramoops comes first, since somebody has put its region on the command line:
 * ramoops.mem_address= or, since Linux 6.12, ramoops.mem_name=. The command line's parameters go to the
 * module, as modprobe(8) would have given them; modprobe.blacklist= holds too.
 */
#ifndef LASTWORDS_ARM_PSTORE_BACKEND_H
#define LASTWORDS_ARM_PSTORE_BACKEND_H

#include <stddef.h>

#include "arm/modules.h"
#include "arm/sys.h"

enum { ARM_BACKEND_PARAMS_MAX = 512 };

/*
 * The parameters of module (its name with '_') on a kernel's command line, as finit_module(2) wants
 * them: "module.key=value" becomes "key=value", quotes stay. '-' and '_' of the name are the same.
 * Length, 0 if there are none; -1: they do not fit. Pure.
 */
long arm_backend_params(const char *cmdline, const char *module, char *out, size_t size);
/* 1 if a word modprobe.blacklist=NAME,NAME… (before "--") has the module. Pure. */
int arm_backend_forbidden(const char *cmdline, const char *module);

/* 1 if the kernel has a backend now. */
int arm_backend_is_there(const struct arm_hold *hold);
/* Loads what this machine has of the modules, if anything. Says in the kernel log what failed. */
void arm_backend_load(
    const struct arm_modules *modules, const struct arm_hold *hold, const char *cmdline);

#endif
