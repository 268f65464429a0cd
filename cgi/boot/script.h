/* SPDX-License-Identifier: MIT */
/*
 * script: an iPXE script as text. Pure. Works with iPXE from 2019 on, BIOS and EFI: files are named
 * for the EFI stub (initrd=NAME), BIOS joins them in the order in which they are loaded.
 *
 * A stranger's text gets into it only by text_harmless (text.h), which leaves only characters that mean
 * nothing to iPXE (its rules: `;` `&&` `||` as tokens, `#` at a token's start,
 * double quotes, a backslash at the end of a line, `${…}`, a `:` or a `-` at a line's or an argument
 * list's start).
 */
#ifndef LASTWORDS_CGI_BOOT_SCRIPT_H
#define LASTWORDS_CGI_BOOT_SCRIPT_H

#include <stddef.h>

#include "cgi/http/reply.h"
#include "identity.h"
#include "menu.h"

enum script_kind {
	SCRIPT_ARMED, /* kernel, initrd, session, overlay; falls back to plain */
	SCRIPT_PLAIN, /* kernel and its own initrd */
	SCRIPT_WAIT, /* says why, waits, asks again */
	SCRIPT_EXIT, /* says why and goes to the next boot device */
	SCRIPT_MENU, /* lets a person choose a profile (menu.h) */
	SCRIPT_PXELINUX, /* starts pxelinux, with a configuration for this machine (pxelinux.h) */
	SCRIPT_EDIT, /* lets a person edit the kernel arguments */
};

struct script {
	enum script_kind kind;
	const struct identity *identity;
	const char *base; /* URL, harmless characters only (request_base, config) */
	const char *message; /* for the console; any text; "" none */
	/* for SCRIPT_ARMED and SCRIPT_PLAIN */
	const char *profile, *image; /* names */
	int has_initrd;
	int has_shim; /* for machines with UEFI: Secure Boot starts the kernel by it */
	const char *session, *token; /* NULL without (the key cannot be had) */
	const char *armed, *plain; /* command lines */
	const struct menu *menu; /* for SCRIPT_MENU and SCRIPT_EDIT */
	const struct choice *choice; /* asked for again at a retry; NULL none */
};

/* The whole script onto the reply. It always ends in a boot, a retry or an exit. */
void script_render(struct reply *reply, const struct script *script);

#endif
