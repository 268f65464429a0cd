/* SPDX-License-Identifier: MIT */
/*
 * modules: kernel modules of the overlay, held open for finit_module(2) after the OS has emptied
 * the rootfs. The callers decide which of them is loaded, and with what parameters.
 */
#ifndef LASTWORDS_MODULES_H
#define LASTWORDS_MODULES_H

enum { MODULES_MAX = 8, MODULES_NAME_MAX = 32 };

struct modules {
	int count;
	struct {
		int fd; /* of the .ko, readable after it was unlinked */
		char name[MODULES_NAME_MAX]; /* without .ko, '_' for '-' */
	} module[MODULES_MAX]; /* in load order: each after those that it depends on */
};

/*
 * Opens the modules that dir/order lists (images/image.sh: uncompressed, in load order). One that
 * is missing is left out: it may be built in.
 */
void modules_hold(struct modules *modules, const char *dir);
/* The index of the module of this name, or -1. */
int modules_find(const struct modules *modules, const char *name);
/* Loads the i-th with these parameters: 0; 1: the kernel has it already; -1 with errno. */
int modules_insert(const struct modules *modules, int i, const char *params);
/* Closes all. */
void modules_release(struct modules *modules);

#endif
