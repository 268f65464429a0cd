/* SPDX-License-Identifier: MIT */
/*
 * ipmi_text: what ipmitool's output means. Pure. Its exit code is not enough: a refused boot device exits
 * with 0, and no reply is the same code as a wrong password. With -v (once: no key is printed) it names the
 * step at which a session failed. Source: ipmitool 1.8.19, lib/ipmi_chassis.c, src/plugins/lanplus; IPMI 2.0,
 * 13.20 to 13.24 (RAKP) and 28.13 (boot options).
 */
#ifndef TARGET_IPMI_TEXT_H
#define TARGET_IPMI_TEXT_H

#include <stdint.h>

#include "target.h"

enum ipmi_said {
	IPMI_DONE, /* the line that acknowledges the command, and no "failed" */
	IPMI_REFUSED, /* a completion code; detail has its text */
	IPMI_BUSY, /* it was not begun, and may be in a moment; detail */
	IPMI_STATE, /* not in its present state */
	IPMI_SUITE, /* the cipher suite was refused */
	IPMI_PASSWORD,
	IPMI_USER, /* unknown, or not for this privilege */
	IPMI_FULL, /* no further session */
	IPMI_SILENT, /* no reply to the first packet */
	IPMI_LOST, /* a session, but no reply to the command */
	IPMI_NAME, /* the host name has no address */
	IPMI_OTHER, /* none of these: detail has the last line */
};

enum { IPMI_DETAIL_MAX = 120 };

/* What output of "chassis power STATUS|on|off|reset|diag" or "chassis bootdev pxe" (TARGET_PXE) says.
 * detail: printable ASCII. *power is set by TARGET_STATUS and IPMI_DONE. */
enum ipmi_said ipmi_text_read(const char *text, enum target_action action, enum target_power *power,
    char detail[IPMI_DETAIL_MAX]);

/* The session's id, "0x9b07d93a", in the output of "raw 0x06 0x4b 0x01 0x01". 0, or -1: no session. */
int ipmi_text_instance(const char *text, char id[16]);
/* "user 2 at 192.0.2.7" of the output of "session info id ID". 0/-1. */
int ipmi_text_holder(const char *text, char out[TARGET_HOLDER_MAX]);

/* The boot flags (boot option parameter 5) in the output of "chassis bootparam get 5". */
struct ipmi_boot {
	int valid; /* they count for the next boot */
	int persistent; /* for all later ones too */
	int efi;
	int device; /* 1: the network (IPMI 2.0, table 28-14) */
};
/* 0, or -1: no flags in it. */
int ipmi_text_boot(const char *text, struct ipmi_boot *boot);

#endif
