/* SPDX-License-Identifier: MIT */
/* disk: how much is free, and whether that is enough; see prune.h. It must not write. */
#include <errno.h>
#include <sys/statvfs.h>

#include "prune.h"

enum { FLOOR_PART = 50, FLOOR_AUTO_MAX = 64 << 20 };

uint64_t prune_floor(uint64_t disk_floor, uint64_t disk_size)
{
	if (disk_floor != CONFIG_FLOOR_AUTO)
		return disk_floor;
	return disk_size / FLOOR_PART < FLOOR_AUTO_MAX ? disk_size / FLOOR_PART : FLOOR_AUTO_MAX;
}

int prune_disk(struct err *err, const char *path, uint64_t *available, uint64_t *size)
{
	struct statvfs disk;

	if (statvfs(path, &disk))
		return err_errno(err, "%s", path);
	*available = (uint64_t)disk.f_bavail * disk.f_frsize;
	*size = (uint64_t)disk.f_blocks * disk.f_frsize;
	return 0;
}

int prune_disk_full(const char *state, uint64_t disk_floor, uint64_t need)
{
	uint64_t available = 0, size = 0, floor;
	struct err ignored;

	if (disk_floor == 0 || prune_disk(&ignored, state, &available, &size))
		return 0;
	floor = prune_floor(disk_floor, size) / 2;
	return available < floor || available - floor < need;
}
