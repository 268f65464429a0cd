/* SPDX-License-Identifier: MIT */
/*
 * net: the keeper's look at the network: a netlink socket that wakes it, and the view that
 * arm_keeper decides by. Only looks; the one datagram of arm_net_provoke is all it ever sends.
 */
#ifndef LASTWORDS_ARM_KEEPER_NET_H
#define LASTWORDS_ARM_KEEPER_NET_H

#include "keeper.h"

/* A socket that becomes readable when links, IPv4 addresses or routes change. fd or -1 with errno. */
int arm_net_open(void);
/* Empties it without waiting, showing each link message to the keeper. */
void arm_net_drain(int fd, struct arm_keeper *keeper);
/* The network as it is now, with the route to server (network byte order). Takes at most 1 s. */
void arm_net_look(struct arm_view *view, uint32_t server);
/* Makes the kernel resolve the hop's MAC: an empty datagram to its discard port (UDP 9). */
void arm_net_provoke(const struct arm_target *target);

#endif
