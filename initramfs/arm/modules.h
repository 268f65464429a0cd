/* SPDX-License-Identifier: MIT */
/*
 * modules: kernel modules of the overlay, held open while the rootfs goes, for finit_module(2)
 * later. Which of them is loaded, and with what parameters, is for others to decide.
 */
#ifndef LASTWORDS_ARM_MODULES_H
#define LASTWORDS_ARM_MODULES_H

enum { ARM_MODULES_MAX = 8, ARM_MODULES_NAME_MAX = 32 };

struct arm_modules {
	int count;
	struct {
		int fd; /* of the .ko, readable after it was unlinked */
		char name[ARM_MODULES_NAME_MAX]; /* without .ko, '_' for '-' */
	} module[ARM_MODULES_MAX]; /* in load order: what one depends on stands before it */
};

/*
 * Opens the modules that dir/order lists (images/image.sh: uncompressed, in load order). One that is
 * missing is left out: it may be built in.
 */
void arm_modules_hold(struct arm_modules *modules, const char *dir);
/* The index of the module of this name, or -1. */
int arm_modules_find(const struct arm_modules *modules, const char *name);
/* Loads the i-th with these parameters: 0 loaded, 1 was there already, -1 with errno. */
int arm_modules_insert(const struct arm_modules *modules, int i, const char *params);
/* Closes all. */
void arm_modules_release(struct arm_modules *modules);

#endif
