/* SPDX-License-Identifier: MIT */
/*
 * sys: the system calls that arm and the keeper share: small files below a directory descriptor,
 * the clock, the kernel log, programs with a time limit. Allocates nothing, never exits.
 */
#ifndef LASTWORDS_ARM_SYS_H
#define LASTWORDS_ARM_SYS_H

#include <stddef.h>
#include <stdint.h>

/* What stays usable after the OS has emptied the rootfs; -1 where it is missing. */
struct sys {
	int kmsg; /* /dev/kmsg, for writing */
	int proc, sysfs; /* directories, O_PATH */
};

/* Milliseconds of CLOCK_MONOTONIC, which starts at boot. */
int64_t sys_now(void);
/*
 * Reads a small file below dir (AT_FDCWD too) into buf as NUL-terminated text without trailing
 * newlines; what does not fit is cut. The length, or -1 with errno and buf "".
 */
long sys_read_at(int dir, const char *path, char *buf, size_t size);
/* Writes text in one write(2) to an existing file below dir. 0, or -1 with errno. */
int sys_write_at(int dir, const char *path, const char *text);
/*
 * Mounts a new instance of a pseudo file system (configfs, pstore) that has no path, so that nobody
 * else sees it and nothing is left behind. Its root, as O_PATH, or -1 with errno. Linux 5.2:
 * fsopen(2).
 */
int sys_mount(const char *type);
/* The same with one option, key=value, if the kernel takes it. */
int sys_mount_with(const char *type, const char *key, const char *value);
/* "lastwords: TEXT" into the kernel log with this level (RFC 5424, 0 to 7). */
void sys_log(int kmsg, int level, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/*
 * Runs argv (path argv[0]) after chroot(2) to root, for at most limit_ms, then kills it. said gets
 * the first line that it printed (printable ASCII), or why it could not be started or was killed.
 * The exit status, or -1.
 */
int sys_run(const char *root, char *const argv[], int64_t limit_ms, char *said, size_t size);
/*
 * Removes path and all below it: stays on its file system, follows no symlink, goes at most 16
 * levels deep. What cannot be removed stays.
 */
void sys_remove_tree(const char *path);

#endif
