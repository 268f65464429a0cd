/* SPDX-License-Identifier: MIT */
/* disk: space and inodes where the state is; see doctor.h. */
#include <stdio.h>
#include <sys/statvfs.h>

#include "base/disk.h"
#include "doctor.h"

enum { LITTLE_PERCENT = 5, DISK_TEXT_MAX = 80 };

static unsigned long long disk_mb(uint64_t bytes)
{
	return bytes >> 20;
}

/* What is scarce, "5 of 40 MB" or "3 of 30 inodes", in text. */
static void disk_scarce(
    const struct statvfs *fs, uint64_t available, uint64_t size, char text[DISK_TEXT_MAX])
{
	/* (disk_look makes less of the bytes where inodes are scarcer) */
	if (fs->f_files && available < (uint64_t)fs->f_bavail * fs->f_frsize)
		snprintf(text, DISK_TEXT_MAX, "%llu of %llu inodes",
		    (unsigned long long)fs->f_favail, (unsigned long long)fs->f_files);
	else
		snprintf(text, DISK_TEXT_MAX, "%llu of %llu MB", disk_mb(available), disk_mb(size));
}

void doctor_disk(struct doctor *doctor)
{
	uint64_t available = 0, size = 0, floor;
	struct doctor_finding *finding;
	char scarce[DISK_TEXT_MAX];
	const char *state;
	struct statvfs fs;
	struct err err = {.msg = ""};

	if (!doctor_has_config(doctor, "the disk was not looked at"))
		return;
	state = doctor->config->state;
	if (disk_look(&err, state, &available, &size) || statvfs(state, &fs)) {
		finding = doctor_find(doctor, DOCTOR_SKIPPED, "the disk was not looked at");
		doctor_why(finding, "%s", err.msg);
		doctor_fix(finding, "see the check \"server\"");
		return;
	}
	if (fs.f_flag & ST_RDONLY) {
		finding =
		    doctor_find(doctor, DOCTOR_PROBLEM, "the disk is read-only where %s is", state);
		doctor_why(finding, "nothing can be stored");
		doctor_fix(finding, "dmesg has the reason; then mount -o remount,rw");
	}
	floor = disk_floor_of(doctor->config->disk_floor, size);
	disk_scarce(&fs, available, size, scarce);
	if (available < floor / 2) {
		finding = doctor_find(
		    doctor, DOCTOR_PROBLEM, "the disk is full: %s free where %s is", scarce, state);
		doctor_why(finding,
		    "less than half of disk_floor (%llu MB, and as much of the inodes): uploads are refused, lines not written",
		    disk_mb(floor));
		doctor_fix(finding,
		    "make room: lastwords prune, keep_size, keep_days; or lower disk_floor");
	} else if (available < floor || available < size / 100 * LITTLE_PERCENT) {
		finding = doctor_find(doctor, DOCTOR_WARNING,
		    "the disk is nearly full: %s free where %s is", scarce, state);
		doctor_why(finding,
		    "below disk_floor (%llu MB) old sessions are removed, below half of it uploads are refused",
		    disk_mb(floor));
		doctor_fix(finding, "make room, or set keep_size");
	} else {
		doctor_well(doctor, "%s are free where %s is", scarce, state);
	}
}
