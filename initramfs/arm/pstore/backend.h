/* SPDX-License-Identifier: MIT */
/*
 * backend: the running kernel's side of pstore: loads a backend where it is a module, and reads and
 * removes records.
 *
 * Debian's kernels have ERST built in, but EFI variables (efi_pstore) and a region of memory
 * (ramoops) as modules, which an OS loads late or never. The keeper loads the one that the machine
 * has from the overlay: so it reads the records of the boot before, before the OS removes them
 * (systemd-pstore), and a panic from then on is kept.
 *
 * The kernel takes only one backend (fs/pstore/platform.c, pstore_register): where it has one,
 * nothing is loaded. ramoops comes first, since somebody has put its region on the command line:
 * ramoops.mem_address= or, since Linux 6.12, ramoops.mem_name=. A module gets its parameters of the
 * command line, as from modprobe(8), and is not loaded if modprobe.blacklist= has it.
 *
 * The region "lastwords" is the server's (pstore_memory). EFI variables come before that one where the firmware
 * clears memory at each reset: bit 0 of the variable MemoryOverwriteRequestControl (TCG, PC Client Platform Reset
 * Attack Mitigation), which the kernel's EFI stub sets where it exists.
 *
 * The kernel keeps the last 10 KB of its log. With ramoops, whose records are as large as memory allows, it is
 * BACKEND_KMSG_BYTES; firmware would be worn out by so much.
 */
#ifndef LASTWORDS_ARM_PSTORE_BACKEND_H
#define LASTWORDS_ARM_PSTORE_BACKEND_H

#include <stddef.h>
#include <stdint.h>

#include "arm/modules.h"
#include "arm/sys.h"
#include "pstore.h"

enum {
	BACKEND_PARAMS_MAX = 512,
	BACKEND_NAME_MAX = 32,
	BACKEND_READ_MS = 5000, /* for reading; records that are not read by then stay in pstore */
};

/*
 * The parameters of module (its name with '_') on a kernel's command line, in the form of
 * finit_module(2): "module.key=value" becomes "key=value", quotes stay; '-' in the name is '_'.
 * Their length, 0 if there are none; -1: they do not fit. Pure.
 */
long backend_params(const char *cmdline, const char *module, char *out, size_t size);
/* 1 if a word modprobe.blacklist=NAME,NAME… (before "--") has the module. Pure. */
int backend_is_forbidden(const char *cmdline, const char *module);

#define BACKEND_KMSG_BYTES "1048576" /* of the mount option kmsg_bytes */
#define BACKEND_REGION "lastwords"

/* The kernel's backend: "ramoops", "efi_pstore", "erst" …; "none". */
void backend_name(const struct sys *sys, char name[BACKEND_NAME_MAX]);
/* 1 if the kernel has a backend now. */
int backend_is_loaded(const struct sys *sys);
/* Loads the backend that this machine has, if any. Reports in the kernel log what failed. */
void backend_load(const struct modules *modules, const struct sys *sys, const char *cmdline);

/*
 * Mounts pstore without a path, and reads the dmesg records into *pstore, which is empty: grouped,
 * and within the limits of pstore.h. count is 0 if there are none, or no pstore. Free with
 * pstore_free.
 */
void backend_read(struct pstore *pstore, const struct sys *sys);
/* 1 if the first len bytes of the file of MemoryOverwriteRequestControl in efivarfs ask for it. Pure. */
int backend_is_cleared(const uint8_t *file, size_t len);
/* The same from the directory dir, which is *pstore's from then on. */
void backend_read_dir(struct pstore *pstore, int dir);
/*
 * Removes the records of one crash from the firmware's memory, after all that was read of them is
 * stored; those that could not be read are not in *pstore, and stay.
 */
void backend_remove(const struct pstore *pstore, unsigned int crash);

#endif
