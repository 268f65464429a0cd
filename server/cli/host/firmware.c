/* SPDX-License-Identifier: MIT */
/* firmware: the iPXE programs that machines load first; see firmware.h. */
#include "firmware.h"

#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/install.h"

/* --- the directory, and its files ------------------------------------------------------------------ */

static void firmware_dir(const struct config *config, char path[FILE_PATH_MAX])
{
	char found[FILE_PATH_MAX], whole[PATH_MAX];
	struct err err;

	snprintf(path, FILE_PATH_MAX, "/usr/lib/ipxe");
	if (config->firmware[0]) {
		snprintf(path, FILE_PATH_MAX, "%s", config->firmware);
	} else if (install_find(&err, "../../lib/lastwords/ipxe/undionly.kpxe", found) == 0) {
		/* without the ".." of the path from an installed program */
		if (realpath(found, whole) && strlen(whole) < FILE_PATH_MAX) {
			*strrchr(whole, '/') = '\0';
			memcpy(path, whole, strlen(whole) + 1);
		}
	} else if (install_find(&err, "build/ipxe/current/undionly.kpxe", found) == 0) {
		*strrchr(found, '/') = '\0';
		memcpy(path, found, strlen(found) + 1);
	}
}

/* The first of the names (the last is NULL) that dir has; else the usual one. */
static void firmware_choose(
    const char *dir, const char *const *names, const char *usual, char out[FIRMWARE_NAME_MAX])
{
	char path[FILE_PATH_MAX];
	struct err ignored;

	for (; *names; names++)
		if (file_path(&ignored, dir, *names, path) == 0 && access(path, F_OK) == 0)
			break;
	snprintf(out, FIRMWARE_NAME_MAX, "%s", *names ? *names : usual);
}

void firmware_find(const struct config *config, struct firmware *firmware)
{
	static const char *const bios[] = {
	    "undionly.kpxe", "i386/undionly.kpxe", "x86_64/undionly.kpxe", NULL};
	static const char *const efi64[] = {"x86_64-sb/snponly-shim.efi", "snponly-shim.efi",
	    "x86_64-sb/ipxe-shim.efi", "ipxe-shim.efi", "snponly.efi", "x86_64/snponly.efi", NULL};
	static const char *const arm64[] = {"arm64-sb/snponly-shim.efi", "arm64-sb/ipxe-shim.efi",
	    "ipxe-arm64.efi", "arm64/snponly.efi", NULL};

	firmware_dir(config, firmware->dir);
	firmware_choose(firmware->dir, bios, "undionly.kpxe", firmware->bios);
	firmware_choose(firmware->dir, efi64, "snponly.efi", firmware->efi64);
	firmware_choose(firmware->dir, arm64, "ipxe-arm64.efi", firmware->arm64);
}

int firmware_is_shim(const char *name, char next[FIRMWARE_NAME_MAX])
{
	static const char mark[] = "-shim";
	const char *at = strstr(name, mark);

	if (at && next)
		snprintf(
		    next, FIRMWARE_NAME_MAX, "%.*s%s", (int)(at - name), name, at + strlen(mark));
	return at != NULL;
}

/* --- signatures ------------------------------------------------------------------------------------ */

enum {
	PE_OFFSET = 0x3c, /* where the DOS header has the PE header's offset */
	PE_MAGIC = 24, /* from there: the optional header, with its kind */
	PE_KIND_32 = 0x10b,
	PE_KIND_64 = 0x20b,
	PE_DIRECTORIES_32 = PE_MAGIC + 96,
	PE_DIRECTORIES_64 = PE_MAGIC + 112,
	PE_CERTIFICATES = 4, /* the directory's number; its address is an offset in the file */
	PE_HEADERS = 4096, /* bytes read for all of this */
	PE_CERTIFICATES_MAX = 256 * 1024,
};

/* Little endian, as everything in this format. */
static uint32_t pe_number(const uint8_t *at, int bytes)
{
	uint32_t value = 0;

	while (bytes-- > 0)
		value = value << 8 | at[bytes];
	return value;
}

/* Where the certificates are; 0 bytes: there are none. 0, or -1: not an EFI program. */
static int pe_certificates(const uint8_t *head, size_t len, off_t *offset, size_t *size)
{
	size_t pe, entry;
	uint32_t kind;

	if (len < PE_HEADERS || head[0] != 'M' || head[1] != 'Z')
		return -1;
	pe = pe_number(head + PE_OFFSET, 4);
	if (pe > PE_HEADERS - PE_DIRECTORIES_64 - 8 * (PE_CERTIFICATES + 1) ||
	    memcmp(head + pe, "PE\0", 4) != 0)
		return -1;
	kind = pe_number(head + pe + PE_MAGIC, 2);
	if (kind != PE_KIND_32 && kind != PE_KIND_64)
		return -1;
	entry =
	    pe + (kind == PE_KIND_64 ? PE_DIRECTORIES_64 : PE_DIRECTORIES_32) + 8 * PE_CERTIFICATES;
	*offset = pe_number(head + entry, 4);
	*size = pe_number(head + entry + 4, 4);
	if (*size > PE_CERTIFICATES_MAX)
		*size = PE_CERTIFICATES_MAX;
	return 0;
}

static int pe_names(const uint8_t *certificates, size_t len)
{
	static const struct {
		const char *name;
		int bit;
	} known[] = {{"Microsoft Corporation UEFI CA 2011", FIRMWARE_CA_2011},
	    {"Microsoft UEFI CA 2023", FIRMWARE_CA_2023}};
	int found = 0;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (memmem(certificates, len, known[i].name, strlen(known[i].name)))
			found |= known[i].bit;
	return found;
}

int firmware_signers(struct err *err, const char *path)
{
	uint8_t head[PE_HEADERS], *certificates = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), found = -1;
	size_t size = 0;
	off_t offset = 0;
	ssize_t n;

	if (fd < 0)
		return err_errno(err, "%s", path);
	n = pread(fd, head, sizeof(head), 0);
	if (n < 0)
		err_errno(err, "%s", path);
	else if (pe_certificates(head, (size_t)n, &offset, &size))
		err_set(err, "%s: not an EFI program", path);
	else if (size == 0)
		found = 0;
	else if (!(certificates = malloc(size)) || (n = pread(fd, certificates, size, offset)) < 0)
		err_errno(err, "%s", path);
	else
		found = pe_names(certificates, (size_t)n);
	free(certificates);
	close(fd);
	return found;
}

int firmware_has_six(struct err *err, const char *path)
{
	enum { PART = 65536 };
	static const char mark[] = "dhcpv6";
	const size_t keep = sizeof(mark) - 2;
	char buf[PART + sizeof(mark)];
	size_t have = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), found = 0;
	ssize_t n = 0;

	if (fd < 0)
		return err_errno(err, "%s", path);
	/* (an iPXE is about 1 MB) */
	for (int i = 0; i < 256 && !found && (n = read(fd, buf + have, PART)) > 0; i++) {
		have += (size_t)n;
		found = memmem(buf, have, mark, sizeof(mark) - 1) != NULL;
		if (have > keep) {
			memmove(buf, buf + have - keep, keep);
			have = keep;
		}
	}
	if (n < 0)
		found = err_errno(err, "%s", path);
	close(fd);
	return found;
}

const char *firmware_signers_name(int signers)
{
	switch (signers) {
	case FIRMWARE_CA_2011 | FIRMWARE_CA_2023:
		return "Microsoft's CAs of 2011 and 2023";
	case FIRMWARE_CA_2011:
		return "Microsoft's CA of 2011 only";
	case FIRMWARE_CA_2023:
		return "Microsoft's CA of 2023 only";
	default:
		return "no CA of Microsoft's";
	}
}
