/* SPDX-License-Identifier: MIT */
/*
 * open: a machine that another boot server has booted, with our overlay as one more initrd and
 *
 *   rdinit=/lastwords/arm lastwords.url=http://10.77.0.1:8080 crashkernel=192M
 *
 * on its command line, has no session archive: arm makes a session.conf out of the command line and
 * what the machine is, and the session is opened later, by whoever has a network first: the keeper,
 * or the capture kernel of a machine that died before. Both ask with the same query, which has a
 * random word for this boot in it, and so get the same session (cgi/boot/boot_open.h). Pure but for
 * arm_open_identity.
 *
 * Further words: lastwords.netconsole=ADDRESS:PORT (a target even while the server is down),
 * lastwords.profile=NAME, lastwords.capture=small, lastwords.vlan=ID, lastwords.mac=MAC. The MAC is
 * BOOTIF= (pxelinux's IPAPPEND 2; 01-52-54-… with its ARP type in front), else lastwords.mac=, else
 * that of the NIC that has the route to the server once there is one.
 * ip=CLIENT:SERVER:GATEWAY:NETMASK (IPAPPEND 1) spares the capture kernel its DHCP.
 */
#ifndef LASTWORDS_ARM_OPEN_H
#define LASTWORDS_ARM_OPEN_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/kv.h"
#include "sys.h"

enum { ARM_OPEN_TEXT_MAX = 128, ARM_OPEN_BOOT_LEN = 32 };

/* What the machine is; "" where it is not known. Bytes of the firmware's, any but NUL. */
struct arm_identity {
	char product[ARM_OPEN_TEXT_MAX], manufacturer[ARM_OPEN_TEXT_MAX], serial[ARM_OPEN_TEXT_MAX],
	    asset[ARM_OPEN_TEXT_MAX], uuid[ARM_OPEN_TEXT_MAX];
	char arch[ARM_OPEN_TEXT_MAX];
	int efi;
	char boot[ARM_OPEN_BOOT_LEN + 1]; /* 32 hex digits, random */
};

/* Reads it from SMBIOS (sys/class/dmi/id); what cannot be read is "". */
void arm_open_identity(const struct arm_hold *hold, struct arm_identity *identity);

/* The MAC that BOOTIF= or lastwords.mac= names. 0/-1. */
int arm_open_mac(const char *cmdline, uint8_t mac[6]);

/*
 * The text of a session.conf with open= instead of session= and token=. 0; 1 if the command line has
 * no lastwords.url=; -1 if there is something wrong with one of our words.
 */
int arm_open_conf(
    struct err *err, const char *cmdline, const struct arm_identity *identity, struct kv_out *out);

#endif
