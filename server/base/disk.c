/* SPDX-License-Identifier: MIT */
/* disk: free space of a file system; see disk.h. */
#include "disk.h"

#include <errno.h>
#include <sys/statvfs.h>

enum { FLOOR_AUTO_PART = 50, FLOOR_AUTO_MAX = 64 << 20 };

uint64_t disk_floor_of(uint64_t disk_floor, uint64_t disk_size)
{
	if (disk_floor != DISK_FLOOR_AUTO)
		return disk_floor;
	return disk_size / FLOOR_AUTO_PART < FLOOR_AUTO_MAX ? disk_size / FLOOR_AUTO_PART
							    : FLOOR_AUTO_MAX;
}

int disk_look(struct err *err, const char *path, uint64_t *available, uint64_t *size)
{
	struct statvfs disk;

	if (statvfs(path, &disk))
		return err_errno(err, "%s", path);
	*available = (uint64_t)disk.f_bavail * disk.f_frsize;
	*size = (uint64_t)disk.f_blocks * disk.f_frsize;
	/* (file systems that make inodes as they need them have f_files 0) */
	if (disk.f_files > 0 && disk.f_favail < disk.f_files) {
		double part = (double)disk.f_favail / (double)disk.f_files;

		if ((double)*available > part * (double)*size)
			*available = (uint64_t)(part * (double)*size);
	}
	return 0;
}

int disk_has_less(const char *state, uint64_t disk_floor, enum disk_kept kept, uint64_t need)
{
	uint64_t available = 0, size = 0, floor;
	struct err ignored;

	if (disk_floor == 0 || disk_look(&ignored, state, &available, &size))
		return 0;
	floor = disk_floor_of(disk_floor, size) / 8 * kept;
	return available < floor || available - floor < need;
}

int disk_is_full(const char *state, uint64_t disk_floor, uint64_t need)
{
	return disk_has_less(state, disk_floor, DISK_FULL, need);
}
