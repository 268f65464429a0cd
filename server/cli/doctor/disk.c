/* SPDX-License-Identifier: MIT */
/* disk: space and inodes where the state is; see doctor.h. */
#include <stdio.h>
#include <sys/statvfs.h>

#include "base/disk.h"
#include "doctor.h"

enum { LITTLE_PERCENT = 5 };

static unsigned long long disk_mb(uint64_t bytes)
{
	return bytes >> 20;
}

static void disk_room(struct doctor *doctor, const char *state)
{
	uint64_t available = 0, size = 0, floor;
	struct doctor_finding *finding;
	struct err err;

	if (disk_look(&err, state, &available, &size)) {
		finding = doctor_find(doctor, DOCTOR_SKIPPED, "the disk was not looked at");
		doctor_why(finding, "%s", err.msg);
		doctor_fix(finding, "see the check \"server\"");
		return;
	}
	floor = disk_floor_of(doctor->config->disk_floor, size);
	if (available < floor / 2) {
		finding = doctor_find(doctor, DOCTOR_PROBLEM,
		    "the disk is full: %llu of %llu MB free where %s is", disk_mb(available),
		    disk_mb(size), state);
		doctor_why(finding,
		    "less than half of disk_floor (%llu MB): uploads are refused, lines not written",
		    disk_mb(floor));
		doctor_fix(finding,
		    "make room: lastwords prune, keep_size, keep_days; or lower disk_floor");
	} else if (available < floor || available < size / 100 * LITTLE_PERCENT) {
		finding = doctor_find(doctor, DOCTOR_WARNING,
		    "the disk is nearly full: %llu of %llu MB free where %s is", disk_mb(available),
		    disk_mb(size), state);
		doctor_why(finding,
		    "below disk_floor (%llu MB) old sessions are removed, below half of it "
		    "uploads are refused",
		    disk_mb(floor));
		doctor_fix(finding, "make room, or set keep_size");
	} else {
		doctor_well(doctor, "%llu of %llu MB are free where %s is", disk_mb(available),
		    disk_mb(size), state);
	}
}

static void disk_inodes(struct doctor *doctor, const char *state)
{
	struct doctor_finding *finding;
	struct statvfs fs;

	if (statvfs(state, &fs))
		return;
	if (fs.f_flag & ST_RDONLY) {
		finding =
		    doctor_find(doctor, DOCTOR_PROBLEM, "the disk is read-only where %s is", state);
		doctor_why(finding, "nothing can be stored");
		doctor_fix(finding, "dmesg has the reason; then mount -o remount,rw");
	}
	/* (file systems without a fixed number have 0) */
	if (fs.f_files == 0 || fs.f_favail >= fs.f_files / 100 * LITTLE_PERCENT)
		return;
	finding = doctor_find(doctor, DOCTOR_WARNING, "%llu of %llu inodes are free where %s is",
	    (unsigned long long)fs.f_favail, (unsigned long long)fs.f_files, state);
	doctor_why(finding,
	    "each session takes some; without any nothing can be stored, however much space there is");
	doctor_fix(
	    finding, "remove small files, or set keep_days; a new file system: mkfs.ext4 -i 8192");
}

void doctor_disk(struct doctor *doctor)
{
	if (!doctor_has_config(doctor, "the disk was not looked at"))
		return;
	disk_room(doctor, doctor->config->state);
	disk_inodes(doctor, doctor->config->state);
}
