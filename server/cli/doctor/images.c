/* SPDX-License-Identifier: MIT */
/* images: what the profiles name, and the channels that their kernels have; see doctor.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boot/image.h"
#include "doctor.h"

/* --- images ------------------------------------------------------------------------------------------- */

/* What `lastwords check` prints of the profiles, a finding for each line. Returns how many. */
static int images_check(struct doctor *doctor)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int count = 0;

	if (!out)
		return 0;
	config_check_profiles(doctor->config, out);
	if (fclose(out) == 0)
		count = doctor_check_lines(doctor, text);
	free(text);
	return count;
}

/* 1 if others than the owner may read the file: the server's user. */
static int images_served(const struct image *image, const char *name, struct stat *st)
{
	char path[FILE_PATH_MAX];
	struct err ignored;

	return file_path(&ignored, image->dir, name, path) == 0 && stat(path, st) == 0 &&
	       S_ISREG(st->st_mode) && st->st_size > 0 && (st->st_mode & 0444) != 0;
}

/* The magic of a kernel's boot protocol (x86: "HdrS" at 0x202; EFI: "MZ"). 1 if there is one, or it cannot be
 * read. */
static int images_is_kernel(const struct image *image)
{
	char path[FILE_PATH_MAX], head[0x206];
	struct err ignored;
	int fd, is;

	if (file_path(&ignored, image->dir, "vmlinuz", path) ||
	    (fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) < 0)
		return 1;
	is = pread(fd, head, sizeof(head), 0) == (ssize_t)sizeof(head) &&
	     (memcmp(head, "MZ", 2) == 0 || memcmp(head + 0x202, "HdrS", 4) == 0);
	close(fd);
	return is;
}

static void images_files(struct doctor *doctor, const char *name, const struct image *image)
{
	static const char *const files[] = {"vmlinuz", "initrd.img", "overlay.cpio.gz"};
	struct doctor_finding *finding;
	struct stat st;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (images_served(image, files[i], &st))
			continue;
		finding = doctor_find(doctor, DOCTOR_PROBLEM,
		    "image %s: %s/%s is missing, empty or unreadable", name, image->dir, files[i]);
		doctor_why(finding, "the web server cannot give it to a machine");
		doctor_fix(finding, "make the image again with lastwords image");
	}
	if (images_is_kernel(image))
		return;
	finding = doctor_find(
	    doctor, DOCTOR_PROBLEM, "image %s: vmlinuz is no kernel that can be booted", name);
	doctor_why(finding, "neither x86's boot protocol nor an EFI program begins there");
	doctor_fix(finding, "make the image again with lastwords image");
}

int doctor_image_seen(const struct config *config, size_t profile)
{
	for (size_t i = 0; i < profile; i++)
		if (strcmp(config->profiles[i].image, config->profiles[profile].image) == 0)
			return 1;
	return 0;
}

void doctor_images(struct doctor *doctor)
{
	const struct config *config = doctor->config;
	size_t before = doctor->count;
	int images = 0;

	if (!doctor_has_config(doctor, "the images were not looked at"))
		return;
	images_check(doctor);
	for (size_t i = 0; i < config->profile_count; i++) {
		const char *name = config->profiles[i].image;
		struct image image;
		struct err ignored;

		if (!name[0] || doctor_image_seen(config, i) ||
		    image_open(&ignored, config->images, name, &image))
			continue;
		images++;
		images_files(doctor, name, &image);
	}
	if (doctor->count == before)
		doctor_well(doctor, "images: %d, each overlay whole", images);
}

/* --- channels ----------------------------------------------------------------------------------------- */

/* (What else is wrong with them, config_check_profiles has reported.) */
static void channels_profile(
    struct doctor *doctor, const struct config_profile *profile, const struct image *image)
{
	const char *release = image->release[0] ? image->release : "kernel unknown";
	struct doctor_finding *finding;
	struct channels channels;
	char text[1024];
	int sure;

	config_channels(doctor->config, profile, image, NULL, &channels);
	channels_text(&channels, text, sizeof(text));
	sure = channels_count(&channels, CHANNEL_YES);
	if (sure)
		doctor_well(doctor, "profile %s (%s): panic by %s", profile->name, release, text);
	if (channels.of[CHANNEL_HTTP].can == CHANNEL_YES)
		return;
	finding = doctor_find(doctor, sure ? DOCTOR_WARNING : DOCTOR_PROBLEM,
	    "profile %s: no capture kernel uploads the log of a crash", profile->name);
	doctor_why(finding, "%s", channels.of[CHANNEL_HTTP].why);
	if (!sure)
		doctor_why(finding, "%s; panic by %s", channels.of[CHANNEL_HTTP].why, text);
	doctor_fix(finding, "%s",
	    profile->crashkernel[0]
		? "make the image again, or set capture"
		: "set crashkernel in the profile; lastwords check names the size");
}

void doctor_channels(struct doctor *doctor)
{
	const struct config *config = doctor->config;

	if (!doctor_has_config(doctor, "the channels are unknown"))
		return;
	for (size_t i = 0; i < config->profile_count; i++) {
		struct image image;
		struct err ignored;

		if (config->profiles[i].image[0] &&
		    image_open(&ignored, config->images, config->profiles[i].image, &image) == 0)
			channels_profile(doctor, &config->profiles[i], &image);
	}
}
