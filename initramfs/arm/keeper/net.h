/* SPDX-License-Identifier: MIT */
/*
 * net: the keeper's view of the network: a netlink socket that wakes it, and the view that keeper
 * decides by. It sends nothing but the one datagram of net_provoke.
 */
#ifndef LASTWORDS_ARM_KEEPER_NET_H
#define LASTWORDS_ARM_KEEPER_NET_H

#include "keeper.h"

/*
 * A socket that becomes readable when links, addresses or routes change. fd or -1 with errno.
 */
int net_open(void);
/* Reads all that came, without waiting, and passes each link message to the keeper. */
void net_drain(int fd, struct keeper *keeper);
/* The network as it is now, with the route to server. Takes at most 1 s. */
void net_look(struct view *view, const struct in6_addr *server);
/* Makes the kernel resolve the hop's MAC: an empty datagram to its discard port (UDP 9). */
void net_provoke(const struct netconsole_target *target);

#endif
