/* SPDX-License-Identifier: MIT */
/*
 * netlink: writes requests of rtnetlink and reads its messages. Pure; the socket is net.c's.
 * Source: rtnetlink(3), rtnetlink(7), linux/rtnetlink.h, linux/if_link.h, linux/neighbour.h.
 */
#ifndef LASTWORDS_ARM_KEEPER_NETLINK_H
#define LASTWORDS_ARM_KEEPER_NETLINK_H

#include <stddef.h>
#include <stdint.h>

#include "arm/netconsole.h"
#include "base/ip.h"

struct netlink_link {
	int index;
	int gone; /* the message was RTM_DELLINK */
	int master; /* the bond or bridge it is enslaved in, 0 none */
	int below; /* the interface that a VLAN or the like is on, 0 none */
	int running; /* up, with carrier */
	int loopback;
	char name[NETCONSOLE_IFNAME];
	int has_mac, has_permanent;
	uint8_t mac[6], permanent[6]; /* permanent: since Linux 5.6, or a bond's slave data */
};

struct netlink_route {
	int index; /* interface */
	struct in6_addr source, gateway; /* IPv4 or IPv6 (base/ip.h); may be none */
};

struct netlink_neighbour {
	int index;
	struct in6_addr address; /* base/ip.h */
	uint8_t mac[6];
};

enum netlink_type {
	NETLINK_OTHER,
	NETLINK_LINK,
	NETLINK_ROUTE_TO, /* (linux/netlink.h has a NETLINK_ROUTE) */
	NETLINK_NEIGHBOUR,
	NETLINK_ERROR,
	NETLINK_DONE
};

struct netlink_message {
	enum netlink_type type;
	uint32_t seq;
	int error; /* NETLINK_ERROR: an errno, 0 is an acknowledgement */
	union {
		struct netlink_link link;
		struct netlink_route route; /* unicast IPv4 or IPv6; others are NETLINK_OTHER */
		struct netlink_neighbour neighbour; /* one with a valid Ethernet address */
	};
};

/*
 * Reads the message at *at of a datagram of len bytes and moves *at to the next one. 1, or 0 at the
 * end or if the rest is not a whole message. Never reads past len. data is 4-byte aligned.
 */
int netlink_next(const void *data, size_t len, size_t *at, struct netlink_message *message);

enum { NETLINK_REQUEST_MAX = 64 };
/* Requests; they return their lengths. out is 4-byte aligned. */
size_t netlink_get_links(void *out, uint32_t seq);
size_t netlink_get_link(void *out, uint32_t seq, int index);
size_t netlink_get_route(void *out, uint32_t seq, const struct in6_addr *address);
/* family: AF_INET or AF_INET6 */
size_t netlink_get_neighbours(void *out, uint32_t seq, int index, int family);

#endif
