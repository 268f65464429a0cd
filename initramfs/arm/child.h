/* SPDX-License-Identifier: MIT */
/*
 * child: the child of PID 1 that does all that could fail: reads session.conf, arms the machine,
 * says so in the kernel log, cleans the rootfs of ours, and becomes the keeper. PID 1 waits for it
 * with a time limit. It must not touch a NIC.
 */
#ifndef LASTWORDS_ARM_CHILD_H
#define LASTWORDS_ARM_CHILD_H

/*
 * argv0: the text that ps(1) shows, which is overwritten with the keeper's name. cmdline: the
 * kernel's. ready: where one byte goes when PID 1 may go on. ARM_ROOT/proc is mounted.
 */
_Noreturn void arm_child(char *argv0, const char *cmdline, int ready);

/* Leaves the rootfs as it was without us; what the keeper holds open stays usable. */
void arm_child_clean(void);

#endif
