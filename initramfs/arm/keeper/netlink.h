/* SPDX-License-Identifier: MIT */
/*
 * netlink: rtnetlink messages, built and taken apart. Pure: bytes in, records out; the socket is
 * net.c's. Source: rtnetlink(7), linux/rtnetlink.h, linux/if_link.h, linux/neighbour.h.
 */
#ifndef LASTWORDS_ARM_KEEPER_NETLINK_H
#define LASTWORDS_ARM_KEEPER_NETLINK_H

#include <stddef.h>
#include <stdint.h>

#include "arm/target.h"

struct arm_link {
	int index, gone; /* gone: the message was RTM_DELLINK */
	int master; /* the bond or bridge it is enslaved in, 0 none */
	int below; /* the interface a VLAN or the like lies on, 0 none */
	int running; /* up, with carrier */
	int loopback;
	char name[ARM_NAME_MAX];
	int has_mac, has_permanent;
	uint8_t mac[6], permanent[6]; /* permanent: since Linux 5.6, or a bond's slave data */
};

struct arm_route {
	int index; /* interface */
	uint32_t source, gateway; /* IPv4, network byte order; 0 where there is none */
};

struct arm_neighbour {
	int index;
	uint32_t address;
	uint8_t mac[6];
};

/* What one message turned out to be. */
enum arm_message {
	ARM_MSG_OTHER,
	ARM_MSG_LINK,
	ARM_MSG_ROUTE,
	ARM_MSG_NEIGHBOUR,
	ARM_MSG_ERROR,
	ARM_MSG_DONE
};

struct arm_record {
	enum arm_message type;
	uint32_t seq;
	int error; /* ARM_MSG_ERROR: an errno, 0 is an acknowledgement */
	union {
		struct arm_link link;
		struct arm_route route; /* unicast IPv4 only, others are ARM_MSG_OTHER */
		struct arm_neighbour neighbour; /* one with a valid Ethernet address only */
	};
};

/*
 * Takes the message at *at off a datagram of len bytes and moves *at behind it. 1, or 0 at the end
 * or where the rest is no whole message. Never reads past len. data is 4-byte aligned.
 */
int arm_netlink_next(const void *data, size_t len, size_t *at, struct arm_record *record);

enum { ARM_REQUEST_MAX = 64 };
/* Requests, with their lengths as results; out is 4-byte aligned. */
size_t arm_netlink_ask_links(void *out, uint32_t seq);
size_t arm_netlink_ask_link(void *out, uint32_t seq, int index);
size_t arm_netlink_ask_route(void *out, uint32_t seq, uint32_t address);
size_t arm_netlink_ask_neighbours(void *out, uint32_t seq, int index);

#endif
