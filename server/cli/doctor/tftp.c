/* SPDX-License-Identifier: MIT */
/* tftp: does the TFTP server give what DHCP names, whole? See doctor.h. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"
#include "tftp_get.h"

/* Opens the file of this name that we would serve: by its whole name, else where another TFTP server has it in another
 * folder. -1: we have no such file. */
static int tftp_open_ours(const struct doctor *doctor, const char *name)
{
	const char *base = strrchr(name, '/');
	char path[FILE_PATH_MAX];
	struct err ignored;
	int fd = -1;

	name += strspn(name, "/");
	if (!doctor->firmware.dir[0] || strstr(name, ".."))
		return -1;
	if (file_path(&ignored, doctor->firmware.dir, name, path) == 0)
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && base && file_path(&ignored, doctor->firmware.dir, base + 1, path) == 0)
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return fd;
}

/* The SHA-256 and size of that; "" none. */
static void tftp_ours(
    const struct doctor *doctor, const char *name, char sha256[DIGEST_TEXT], uint64_t *size)
{
	struct err ignored;
	int fd = tftp_open_ours(doctor, name);

	sha256[0] = '\0';
	if (fd < 0)
		return;
	if (digest_fd(&ignored, fd, sha256, size))
		sha256[0] = '\0';
	close(fd);
}

static void tftp_differs(struct doctor *doctor, const struct doctor_file *file, const char *server,
    uint64_t size, uint64_t our_size)
{
	struct doctor_finding *finding =
	    doctor_find(doctor, DOCTOR_WARNING, "TFTP server %s gives another %.100s than %s has",
		server, file->name, doctor->firmware.dir);

	doctor_why(finding, "%llu bytes there, %llu here: an older iPXE, or another program",
	    (unsigned long long)size, (unsigned long long)our_size);
	doctor_fix(finding, "copy it to the TFTP server's directory, or set that to %s",
	    doctor->firmware.dir);
}

/* 1 if we have a file of this name. */
static int tftp_is_ours(const struct doctor *doctor, const char *name)
{
	int fd = tftp_open_ours(doctor, name);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void tftp_failed(struct doctor *doctor, const struct doctor_file *file, const char *server,
    enum tftp_result result, const struct err *err)
{
	struct doctor_finding *finding;

	if (result == TFTP_SILENT) {
		finding = doctor_find(doctor, DOCTOR_PROBLEM,
		    "TFTP server %s does not answer (%s, %.100s)", server, file->kind, file->name);
		doctor_why(finding,
		    "%s: no TFTP server runs there, or a firewall drops UDP port 69; "
		    "next-server may name the wrong machine",
		    err->msg);
		doctor_fix(finding,
		    "start it there (enable-tftp of lastwords dhcp-config dnsmasq), open UDP "
		    "port 69, or correct next-server");
		return;
	}
	/* (Debian's package ipxe has no file for ARM64, and the DHCP server names it all the same) */
	finding = doctor_find(doctor,
	    file->optional && !tftp_is_ours(doctor, file->name) ? DOCTOR_SKIPPED : DOCTOR_PROBLEM,
	    "TFTP server %s does not give %.100s (%s)", server, file->name, file->kind);
	doctor_why(finding, "%s%s", err->msg,
	    finding->severity == DOCTOR_SKIPPED ? "; nor is it here: no such machine can boot"
						: "");
	doctor_fix(finding, "copy the file into its directory, or set that (tftp-root) to %s",
	    doctor->firmware.dir[0] ? doctor->firmware.dir : "/usr/lib/ipxe");
}

/* 1 if the server does not answer: then it need not be asked for more. */
static int tftp_file(struct doctor *doctor, const struct doctor_file *file)
{
	char server[INET_ADDRSTRLEN] = "?", sha256[DIGEST_TEXT], ours[DIGEST_TEXT];
	uint64_t size = 0, our_size = 0;
	enum tftp_result result;
	struct err err;

	(void)inet_ntop(AF_INET, &file->server, server, sizeof(server));
	result = tftp_get(&err, file->server, file->name, DOCTOR_TFTP_MS, &size, sha256);
	if (result != TFTP_DONE) {
		tftp_failed(doctor, file, server, result, &err);
		return result == TFTP_SILENT;
	}
	tftp_ours(doctor, file->name, ours, &our_size);
	if (ours[0] && strcmp(ours, sha256) != 0)
		tftp_differs(doctor, file, server, size, our_size);
	else
		doctor_well(doctor, "%s gives %.100s, %llu bytes%s", server, file->name,
		    (unsigned long long)size, ours[0] ? ", as here" : "");
	return 0;
}

/* What dhcp-config would name, where no offer was seen: of this machine, as far as it has the files. */
static void tftp_assume(struct doctor *doctor)
{
	const struct {
		const char *kind, *name;
	} usual[] = {{"BIOS", doctor->firmware.bios}, {"UEFI", doctor->firmware.efi64}};

	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		struct doctor_file *file = &doctor->files[doctor->file_count];

		if (inet_pton(AF_INET, doctor->here.server, &file->server) != 1)
			return;
		file->kind = usual[i].kind;
		snprintf(file->name, sizeof(file->name), "%s", usual[i].name);
		doctor->file_count++;
	}
}

void doctor_tftp(struct doctor *doctor)
{
	int silent[DOCTOR_FILES_MAX] = {0};
	struct doctor_finding *finding;

	if (!doctor->file_count)
		tftp_assume(doctor);
	if (!doctor->file_count) {
		finding = doctor_find(doctor, DOCTOR_SKIPPED, "the TFTP server was not asked");
		doctor_why(finding, "no DHCP server named one, and %s", doctor->here_error.msg);
		doctor_fix(finding, "see the check \"dhcp\"");
		return;
	}
	for (size_t i = 0; i < doctor->file_count; i++) {
		const struct doctor_file *file = &doctor->files[i];
		int known = strstr(file->name, "://") != NULL;

		for (size_t j = 0; j < i && !known; j++)
			known = file->server.s_addr == doctor->files[j].server.s_addr &&
				(silent[j] || strcmp(file->name, doctor->files[j].name) == 0);
		if (!known)
			silent[i] = tftp_file(doctor, file);
	}
}
