/* SPDX-License-Identifier: MIT */
/*
 * child: the child of PID 1 that does everything that could fail: it reads session.conf, arms the
 * machine, reports that in the kernel log, cleans the rootfs, and becomes the keeper. It must not
 * touch a NIC.
 */
#ifndef LASTWORDS_ARM_CHILD_H
#define LASTWORDS_ARM_CHILD_H

/*
 * argv0: the text that ps(1) shows, which is overwritten with the keeper's name. cmdline: the
 * kernel's. ready: gets one byte when PID 1 may go on. ARM_ROOT/proc is mounted.
 */
_Noreturn void child_run(char *argv0, const char *cmdline, int ready);

/* Removes all that is ours from the rootfs; what the keeper holds open stays usable. */
void child_clean(void);

#endif
