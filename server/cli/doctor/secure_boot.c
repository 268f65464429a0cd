/* SPDX-License-Identifier: MIT */
/* secure_boot: whether firmware with Secure Boot takes our first iPXE, and that the kernels; see doctor.h. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "boot/image.h"
#include "doctor.h"

/* Whom firmware must trust to start this file. */
static void secure_boot_signers(struct doctor *doctor, const char *name, const char *path)
{
	struct doctor_finding *finding;
	struct err err;
	int signers = firmware_signers(&err, path);

	if (signers < 0) {
		finding = doctor_find(doctor, DOCTOR_PROBLEM, "%s", err.msg);
		doctor_why(finding, "it is the first program of machines with UEFI");
		doctor_fix(finding, "unpack ipxeboot.tar.gz of an iPXE release again");
	} else if (signers) {
		doctor_well(doctor, "%s: signed by %s%s", name, firmware_signers_name(signers),
		    signers == FIRMWARE_CA_2011
			? "; firmware that trusts only that of 2023 needs ipxe-shimx64.efi of github.com/ipxe/shim"
			: "");
	} else {
		finding =
		    doctor_find(doctor, DOCTOR_WARNING, "%s has no signature of Microsoft's", name);
		doctor_why(finding, "firmware starts it only where its signer's key was enrolled");
		doctor_fix(finding, "take the shim of an iPXE release (ipxeboot.tar.gz)");
	}
}

/* The iPXE behind a shim. */
static void secure_boot_next(struct doctor *doctor, const char *name)
{
	char next[FIRMWARE_NAME_MAX], path[FILE_PATH_MAX];
	struct doctor_finding *finding;
	struct err ignored;

	firmware_is_shim(name, next);
	if (file_path(&ignored, doctor->firmware.dir, next, path) == 0 && access(path, R_OK) == 0)
		return;
	finding = doctor_find(
	    doctor, DOCTOR_PROBLEM, "%s/%s is missing or unreadable", doctor->firmware.dir, next);
	doctor_why(finding, "%s loads it next, from its own folder", name);
	doctor_fix(finding, "unpack ipxeboot.tar.gz of an iPXE release again");
}

/* Kernels are signed by their distributions, whose shims verify them. */
static void secure_boot_images(struct doctor *doctor)
{
	const struct config *config = doctor->config;
	struct doctor_finding *finding;
	char names[200] = "";
	struct image image;
	struct err ignored;
	size_t len = 0;

	for (size_t i = 0; config && i < config->profile_count; i++) {
		const char *name = config->profiles[i].image;

		if (!name[0] || image_open(&ignored, config->images, name, &image) ||
		    image.has_shim || doctor_image_seen(config, i) || len >= sizeof(names))
			continue;
		len += (size_t)snprintf(
		    names + len, sizeof(names) - len, "%s%s", len ? ", " : "", name);
	}
	if (!names[0])
		return;
	finding = doctor_find(doctor, DOCTOR_SKIPPED, "without shim.efi: %s", names);
	doctor_why(finding, "with Secure Boot a kernel is started by its distribution's shim only");
	doctor_fix(finding,
	    "if there are such machines, make the image again with lastwords image --shim");
}

void doctor_secure_boot(struct doctor *doctor)
{
	const char *const names[] = {doctor->firmware.efi64, doctor->firmware.arm64};
	char path[FILE_PATH_MAX];
	struct doctor_finding *finding;
	struct err ignored;
	int shims = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!firmware_is_shim(names[i], NULL) ||
		    file_path(&ignored, doctor->firmware.dir, names[i], path))
			continue;
		shims++;
		secure_boot_signers(doctor, names[i], path);
		secure_boot_next(doctor, names[i]);
	}
	if (shims) {
		secure_boot_images(doctor);
		return;
	}
	finding =
	    doctor_find(doctor, DOCTOR_SKIPPED, "machines with Secure Boot cannot boot by iPXE");
	doctor_why(finding, "%s has no iPXE that is signed for it",
	    doctor->firmware.dir[0] ? doctor->firmware.dir : "/usr/lib/ipxe");
	doctor_fix(finding,
	    "if there are such machines, set firmware to ipxeboot.tar.gz of iPXE 2.0.0 or later, unpacked");
}
