/* SPDX-License-Identifier: MIT */
/*
 * sys: the few system calls that arm and keeper share: small files under a directory
 * descriptor, the clock, the kernel log. Never allocates, never exits.
 */
#ifndef LASTWORDS_ARM_SYS_H
#define LASTWORDS_ARM_SYS_H

#include <stddef.h>
#include <stdint.h>

/* What the keeper needs after the rootfs has been emptied under it; -1 where there is none. */
struct arm_hold {
	int kmsg; /* /dev/kmsg, for writing */
	int proc, sys; /* O_PATH directories */
};

/* Milliseconds of CLOCK_MONOTONIC, which starts at boot. */
int64_t arm_now(void);
/*
 * Reads a small file below dir (AT_FDCWD too) into buf as one NUL-terminated text without trailing
 * newlines; what does not fit is cut. The length, or -1 with errno.
 */
long arm_read_at(int dir, const char *path, char *buf, size_t size);
/* Writes text in one write(2) to an existing file below dir. 0, or -1 with errno. */
int arm_write_at(int dir, const char *path, const char *text);
/* "lastwords: TEXT" into the kernel log with this level (RFC 5424, 0 to 7). */
void arm_say(int kmsg, int level, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/*
 * Runs argv (path argv[0]) after chroot(2) to root, its output to a pipe, for at most limit_ms;
 * kills it then. The first line that it printed goes to said (printable ASCII only). The exit status,
 * or -1: could not be started or had to be killed, with the reason in said.
 */
int arm_run(const char *root, char *const argv[], int64_t limit_ms, char *said, size_t size);
/*
 * Removes path and all below it, never leaving its file system, never following a symlink, at most
 * 16 levels deep. What cannot be removed stays.
 */
void arm_remove_tree(const char *path);

#endif
