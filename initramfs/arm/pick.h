/* SPDX-License-Identifier: MIT */
/*
 * pick: which capture kernel is loaded, and by which system call: the order of what is tried. It
 * calls the functions that it is given, and touches no file, process or kernel itself.
 *
 * The kernel that the profile names comes first, then the others that the image has; each by
 * kexec_load(2), which takes any kernel, then by kexec_file_load(2). Where Secure Boot or lockdown
 * forbids the first call, the second takes a kernel whose signature the running one trusts. That is
 * Debian's stock kernel, but never the small one, which is not signed.
 */
#ifndef LASTWORDS_ARM_PICK_H
#define LASTWORDS_ARM_PICK_H

#include <stddef.h>

#include "base/err.h"

enum pick_call { PICK_KEXEC_LOAD, PICK_KEXEC_FILE_LOAD };

enum pick_result { PICK_LOADED, PICK_REFUSED, PICK_NO_TIME };

struct pick_ops {
	void *arg; /* for the functions */
	/* 1 if the image has this kernel. */
	int (*has)(void *arg, size_t kind);
	/* Makes it ready; fallback: the profile names another one, so it also has to fit. 0/-1. */
	int (*prepare)(struct err *err, void *arg, size_t kind, int fallback);
	/* Loads it by this call. err is set where it was refused. */
	enum pick_result (*load)(struct err *err, void *arg, size_t kind, enum pick_call call);
};

struct picked {
	const char *capture; /* of names; static */
	const char *how; /* "kexec_load", "kexec_file_load"; static */
	char why[160]; /* why not the kernel that the profile names; "": it is that one */
	char how_why[160]; /* why not kexec_load; "": it is that */
};

/*
 * names: the count kernels, of which the profile names wanted. -1, with every reason: none is
 * loaded.
 */
int pick_kernel(struct err *err, const struct pick_ops *ops, const char *const *names, size_t count,
    const char *wanted, struct picked *picked);

/*
 * The message of a kexec(8) that failed by this call, for people: without the call's name, which
 * pick_kernel adds, and with what it means on a locked down kernel.
 */
void pick_explain(enum pick_call call, const char *said, char *out, size_t size);

#endif
