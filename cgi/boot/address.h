/* SPDX-License-Identifier: MIT */
/*
 * address: whether the address and the MAC that a machine gives of itself can belong together. What
 * does not fit is an event for people and never a reason to refuse: netconsole packets to, or a guess
 * by, such an address would be of another machine.
 */
#ifndef LASTWORDS_CGI_BOOT_ADDRESS_H
#define LASTWORDS_CGI_BOOT_ADDRESS_H

#include <stdint.h>

#include "base/err.h"
#include "identity.h"

/* 1 if both are addresses of one family whose first prefix (1 to 32, 1 to 128) bits are the same. */
int address_same_subnet(const char *a, const char *b, int prefix);

/*
 * 1 with what does not fit, or 0. remote is the client's address as the web server sees it (text);
 * neighbour the MAC that this host sends to for it, NULL where it is not known.
 *   - iPXE says that it has one IPv4 address and asks from another of the same subnet (NAT and proxies ask
 *     from elsewhere: nothing can be said of them; nor of IPv6, where each machine has several);
 *   - the frames of that address come from another MAC than the one that the request names.
 */
int address_misfit(struct err *what, const struct identity *identity, const char *remote,
    const uint8_t *neighbour);

/*
 * The MAC that this host has for an IPv4 neighbour, by SIOCGARP (arp(7)): one lookup, however many
 * there are. *fd is a socket that is made at the first call (-1 before) and stays the caller's. 1 if
 * it is known.
 */
int address_neighbour(int *fd, const char *remote, uint8_t mac[6]);

#endif
