/* SPDX-License-Identifier: MIT */
/*
 * view: the network at one moment, and which of its interfaces belong to which network card. Pure;
 * net fills it, keeper decides by it.
 */
#ifndef LASTWORDS_ARM_KEEPER_VIEW_H
#define LASTWORDS_ARM_KEEPER_VIEW_H

#include <stddef.h>
#include <stdint.h>

#include "netlink.h"

enum {
	VIEW_LINKS_MAX = 128,
	VIEW_DEPTH =
	    8, /* of stacked interfaces: a VLAN on a bridge on a bond on a NIC, and some more */
};

struct view {
	size_t link_count;
	struct netlink_link link[VIEW_LINKS_MAX];
	int has_route; /* to the server */
	struct netlink_route route;
	int has_hop; /* the route's next hop has a known MAC */
	uint8_t hop[6];
};

/* The interface with this index, or NULL. */
const struct netlink_link *view_link(const struct view *view, int index);
/*
 * 1 if index is the NIC with this MAC (its permanent one, where known), a bond or bridge that it is
 * in, or a VLAN or the like on top of one of them.
 */
int view_is_boot(const struct view *view, const uint8_t mac[6], int index);
/*
 * The card below index, whose address stays the same when the OS puts it into another network:
 * under a VLAN; in a bond or bridge the first port that has a permanent address, else the first.
 * NULL if there is no such index. (It may not be the card that booted, if there are several.)
 */
const struct netlink_link *view_card(const struct view *view, int index);

#endif
