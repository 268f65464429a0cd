/* SPDX-License-Identifier: MIT */
/*
 * view: the network as it is at one moment, and which of its interfaces is which card. Pure;
 * arm_net fills it, arm_keeper decides by it.
 */
#ifndef LASTWORDS_ARM_KEEPER_VIEW_H
#define LASTWORDS_ARM_KEEPER_VIEW_H

#include <stddef.h>
#include <stdint.h>

#include "netlink.h"

enum {
	ARM_LINKS_MAX = 128,
	ARM_VIEW_DEPTH = 8, /* of a stack: VLAN on bridge on bond on NIC, and some */
};

struct arm_view {
	size_t link_count;
	struct arm_link link[ARM_LINKS_MAX];
	int has_route; /* to the server */
	struct arm_route route;
	int has_hop; /* the route's next hop has a known MAC */
	uint8_t hop[6];
};

/* The interface of this index, or NULL. */
const struct arm_link *arm_view_link(const struct arm_view *view, int index);
/*
 * 1 if index is the NIC with this MAC (its permanent one, where known), a bond or bridge that it is
 * in, or a VLAN or the like on top of one of them.
 */
int arm_view_is_boot(const struct arm_view *view, const uint8_t mac[6], int index);
/*
 * The card below index, whose address stays when the OS makes another network of it: under a VLAN,
 * of a bond or bridge the first port that has a permanent address, else the first. NULL if there is
 * no such index. (Which of several cards booted cannot be told.)
 */
const struct arm_link *arm_view_card(const struct arm_view *view, int index);

#endif
