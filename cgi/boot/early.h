/* SPDX-License-Identifier: MIT */
/*
 * early: netconsole from the kernel's command line, before the OS's init (netconsole_early): what a
 * kernel with netconsole and the card's driver built in, or an initrd of initramfs-tools, raises by
 * itself. Source: the kernel's networking/netconsole.rst, admin-guide/kernel-parameters.
 *
 * The MAC in it is that of the next hop: of this server where it is the target itself, else what its
 * neighbour table says (for IPv4), or what the profile's netconsole_mac says. It is never the broadcast address
 * unless that is asked for: each line would go to every host of the subnet.
 */
#ifndef LASTWORDS_CGI_BOOT_EARLY_H
#define LASTWORDS_CGI_BOOT_EARLY_H

#include <stdint.h>

#include "base/err.h"
#include "config/config.h"
#include "decide.h"
#include "identity.h"

enum { EARLY_MAX = 224 };

/*
 * " netconsole=+6665@10.0.2.15/eth0,6666@10.0.2.2/52:54:00:12:34:56 loglevel=8 net.ifnames=0" from
 * the machine's address, a target ADDRESS:PORT of the same family (an IPv6 address in brackets; in the
 * parameter there are none) and the next hop's MAC. 0/-1. Pure.
 */
int early_param(struct err *err, const struct config_profile *profile,
    const struct identity *identity, const char *target, const uint8_t mac[6], char out[EARLY_MAX]);
/* Who gets the frames: the target's own address in the machine's subnet, else the gateway; "" unknown. */
void early_hop(const struct identity *identity, const char *target, char hop[46]);
/* MAC of netconsole_mac ("broadcast" or a MAC). 1, 0 if it is "" or none. */
int early_mac(const char *text, uint8_t mac[6]);

/* All of it for one decision; -1 and why there can be none (netconsole then begins as always). */
int early_switches(struct err *err, struct decision *d, char out[EARLY_MAX]);

#endif
