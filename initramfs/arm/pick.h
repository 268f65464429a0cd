/* SPDX-License-Identifier: MIT */
/*
 * pick: which capture kernel is loaded, and by which system call: the order of what is tried. It
 * calls what it is given and knows nothing of files, processes or the kernel.
 *
 * The kernel that the profile asks for comes first, then the others that the image has; each by
 * kexec_load(2), which takes any kernel, then by kexec_file_load(2). Where Secure Boot or lockdown
 * forbid the first, the second takes a kernel whose signature the running one trusts: of Debian's,
 * the stock one; never the small one, which nobody signed.
 */
#ifndef LASTWORDS_ARM_PICK_H
#define LASTWORDS_ARM_PICK_H

#include <stddef.h>

#include "base/err.h"

struct arm_pick_ops {
	void *arg; /* for the functions */
	/* 1 if the image has this kernel. */
	int (*has)(void *arg, size_t kind);
	/* Makes it ready; fallback: nobody asked for it, so it also has to fit. 0, or -1 and why. */
	int (*prepare)(struct err *err, void *arg, size_t kind, int fallback);
	/* Loads it by one way: kexec's "-c" or "-s". 0; -1 and why; 1: no time is left to try. */
	int (*load)(struct err *err, void *arg, size_t kind, const char *flag);
};

struct arm_picked {
	size_t kind; /* of names */
	const char *how; /* "kexec_load", "kexec_file_load"; static */
	char why[160]; /* why not the kernel that was asked for; "" it is that one */
	char how_why[160]; /* why not kexec_load; "" it is that */
};

/* Of the count kernels names, asked is the profile's. -1, with what each said: none is loaded. */
int arm_pick(struct err *err, const struct arm_pick_ops *ops, const char *const *names,
    size_t count, const char *asked, struct arm_picked *picked);

/*
 * What kexec said when it failed by a way ("-c" or "-s"), for people: without the name of the system
 * call, which arm_pick adds, and with what a locked down kernel means by it.
 */
void arm_pick_explain(const char *flag, const char *said, char *out, size_t size);

#endif
