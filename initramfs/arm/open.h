/* SPDX-License-Identifier: MIT */
/*
 * open: session.conf of a machine that another boot server has booted, with our overlay as one more
 * initrd and
 *
 *   rdinit=/lastwords/arm lastwords.url=http://10.77.0.1:8080 crashkernel=192M
 *
 * on its command line. It has no session archive, so arm makes a session.conf from the command line
 * and the machine's identity, and the session is opened later by the first of us that has a
 * network: the keeper, or the capture kernel if the machine crashes before. Both send the same
 * query, which has a random number for this boot in it, and so get the same session
 * (cgi/boot/open.h). Pure except for open_identity.
 *
 * Further words: lastwords.netconsole=ADDRESS:PORT (a target even while the server is down),
 * lastwords.profile=NAME, lastwords.capture=small, lastwords.vlan=ID, lastwords.mac=MAC. The MAC is
 * that of BOOTIF= (pxelinux's IPAPPEND 2; 01-52-54-… with its ARP type in front), else of
 * lastwords.mac=, else of the NIC that has the route to the server once there is one.
 * ip=CLIENT:SERVER:GATEWAY:NETMASK (IPAPPEND 1) saves the capture kernel its DHCP.
 */
#ifndef LASTWORDS_ARM_OPEN_H
#define LASTWORDS_ARM_OPEN_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/kv.h"
#include "sys.h"

enum { IDENTITY_TEXT_MAX = 128, IDENTITY_BOOT_LEN = 32 };

/* What the machine is; "" where it is unknown. The firmware's texts may hold any byte but NUL. */
struct identity {
	char product[IDENTITY_TEXT_MAX], manufacturer[IDENTITY_TEXT_MAX], serial[IDENTITY_TEXT_MAX],
	    asset[IDENTITY_TEXT_MAX], uuid[IDENTITY_TEXT_MAX], arch[IDENTITY_TEXT_MAX];
	int efi;
	char boot[IDENTITY_BOOT_LEN + 1]; /* 32 hex digits, random */
};

/* Reads it from SMBIOS (sys/class/dmi/id). */
void open_identity(const struct sys *sys, struct identity *identity);

/* The MAC that BOOTIF= or lastwords.mac= names. 0/-1. */
int open_mac(const char *cmdline, uint8_t mac[6]);

/*
 * The text of a session.conf with open= instead of session= and token=. 0; 1: the command line has
 * no lastwords.url=; -1: one of our words is invalid.
 */
int open_conf(
    struct err *err, const char *cmdline, const struct identity *identity, struct kv_out *out);

#endif
