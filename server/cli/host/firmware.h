/* SPDX-License-Identifier: MIT */
/*
 * firmware: the directory of the iPXE programs that machines load first, and which of them is for whom.
 *
 * It may be that of Debian's package ipxe, that of `make ipxe`, or ipxeboot.tar.gz of an iPXE release, unpacked (2.0.0,
 * 2026-03: folders by architecture; x86_64-sb and arm64-sb have programs that are signed for Secure Boot).
 */
#ifndef LASTWORDS_CLI_FIRMWARE_H
#define LASTWORDS_CLI_FIRMWARE_H

#include "base/err.h"
#include "base/file.h"
#include "config/config.h"

enum { FIRMWARE_NAME_MAX = 40 };

struct firmware {
	/* The configured one; else that of our own iPXE if it is installed or built; else Debian's /usr/lib/ipxe. */
	char dir[FILE_PATH_MAX];
	/*
	 * Files in dir, with their folder: for BIOS, and for UEFI of x86-64 and arm64. Where dir has a shim it is for UEFI:
	 * Secure Boot takes nothing else, and without Secure Boot it starts the same iPXE (the file that its own name
	 * has without "-shim", in its own folder). What dir does not have has its usual name.
	 */
	char bios[FIRMWARE_NAME_MAX], efi64[FIRMWARE_NAME_MAX], arm64[FIRMWARE_NAME_MAX];
};

void firmware_find(const struct config *config, struct firmware *firmware);

/* Which CAs of Microsoft's have signed an EFI program. */
enum { FIRMWARE_CA_2011 = 1, FIRMWARE_CA_2023 = 2 };
/*
 * Looks for their names in the certificates of the program's signatures (PE format: Microsoft, "PE Format",
 * Attribute Certificate Table); verifies nothing. Both of FIRMWARE_CA_…, one, or 0: neither; -1: it cannot be read,
 * or is no EFI program.
 */
int firmware_signers(struct err *err, const char *path);
/* For people: "Microsoft's CA of 2011 only" … */
const char *firmware_signers_name(int signers);
/*
 * 1 if an EFI program of iPXE speaks IPv6: it then has the text "dhcpv6", the name of its settings. 0 not, -1: it
 * cannot be read. (A shim speaks none itself: ask for the file that it loads.)
 */
int firmware_has_six(struct err *err, const char *path);
/* 1 if the file is a shim, which Secure Boot takes; next: the file that it loads, NULL to leave it out. */
int firmware_is_shim(const char *name, char next[FIRMWARE_NAME_MAX]);

#endif
