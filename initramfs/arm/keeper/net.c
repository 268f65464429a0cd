/* SPDX-License-Identifier: MIT */
/* net: the keeper's view of the network; see net.h. */
#include "net.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "arm/sys.h"

enum { NET_BUFFER = 32768, NET_REPLIES_MAX = 4096, NET_LOOK_MS = 1000 };

static int net_socket(unsigned groups, int flags)
{
	struct sockaddr_nl self = {.nl_family = AF_NETLINK, .nl_groups = groups};
	struct timeval limit = {.tv_sec = 1};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags, NETLINK_ROUTE);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (bind(fd, (struct sockaddr *)&self, sizeof(self))) {
		close(fd);
		return -1;
	}
	return fd;
}

int net_open(void)
{
	return net_socket(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE |
			      RTMGRP_IPV6_IFADDR | RTMGRP_IPV6_ROUTE,
	    SOCK_NONBLOCK);
}

/* One datagram. One that is not from the kernel itself has length 0. */
static ssize_t net_receive(int fd, void *buf)
{
	struct sockaddr_nl from = {0};
	socklen_t from_len = sizeof(from);
	ssize_t n = recvfrom(fd, buf, NET_BUFFER, 0, (struct sockaddr *)&from, &from_len);

	return n > 0 && from.nl_pid != 0 ? 0 : n;
}

static _Alignas(8) char net_buffer[NET_BUFFER];

void net_drain(int fd, struct keeper *keeper)
{
	struct netlink_message record;
	ssize_t n;

	/* (an overrun, ENOBUFS, loses nothing: net_look follows) */
	for (int i = 0; i < NET_REPLIES_MAX && (n = net_receive(fd, net_buffer)) >= 0; i++)
		for (size_t at = 0; netlink_next(net_buffer, (size_t)n, &at, &record);)
			if (record.type == NETLINK_LINK)
				keeper_link(keeper, &record.link);
}

/* Sends one request and reads its replies into view. 0, or -1: error or timeout. */
static int net_ask(int fd, const void *request, size_t len, uint32_t seq, int dump,
    struct view *view, const struct netconsole_target *hop)
{
	int64_t end = sys_now() + NET_LOOK_MS;

	if (send(fd, request, len, 0) != (ssize_t)len)
		return -1;
	for (int i = 0; i < NET_REPLIES_MAX && sys_now() < end; i++) {
		struct netlink_message r;
		ssize_t n = net_receive(fd, net_buffer);

		if (n < 0)
			return -1;
		for (size_t at = 0; netlink_next(net_buffer, (size_t)n, &at, &r);) {
			if (r.seq != seq)
				continue;
			if (r.type == NETLINK_DONE)
				return 0;
			if (r.type == NETLINK_ERROR)
				return r.error ? -1 : 0;
			if (r.type == NETLINK_LINK && view->link_count < VIEW_LINKS_MAX)
				view->link[view->link_count++] = r.link;
			if (r.type == NETLINK_ROUTE_TO) {
				view->route = r.route;
				view->has_route = 1;
			}
			if (r.type == NETLINK_NEIGHBOUR && hop && r.neighbour.index == hop->index &&
			    ip_is_same(&r.neighbour.address, &hop->hop)) {
				memcpy(view->hop, r.neighbour.mac, 6);
				view->has_hop = 1;
			}
			if (!dump)
				return 0;
		}
	}
	return -1;
}

void net_look(struct view *view, const struct in6_addr *server)
{
	_Alignas(8) char request[NETLINK_REQUEST_MAX];
	struct netconsole_target hop = {0};
	int fd = net_socket(0, 0);

	memset(view, 0, sizeof(*view));
	if (fd < 0)
		return;
	net_ask(fd, request, netlink_get_links(request, 1), 1, 1, view, NULL);
	net_ask(fd, request, netlink_get_route(request, 2, server), 2, 0, view, NULL);
	if (view->has_route) {
		hop.index = view->route.index;
		hop.hop = ip_is_none(&view->route.gateway) ? *server : view->route.gateway;
		if (!view_link(view, hop.index)) {
			/*
			 * with more interfaces than the view has room for, the one of the route
			 * counts
			 */
			if (view->link_count == VIEW_LINKS_MAX)
				view->link_count--;
			net_ask(
			    fd, request, netlink_get_link(request, 3, hop.index), 3, 0, view, NULL);
		}
		net_ask(fd, request,
		    netlink_get_neighbours(request, 4, hop.index, ip_family(&hop.hop)), 4, 1, view,
		    &hop);
	}
	close(fd);
}

void net_provoke(const struct netconsole_target *target)
{
	struct sockaddr_storage to;
	socklen_t len = ip_socket(&target->hop, 9, (unsigned)target->index, &to);
	int fd = socket(to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, target->name,
	    (socklen_t)strnlen(target->name, NETCONSOLE_IFNAME));
	sendto(fd, "", 0, MSG_DONTWAIT, (struct sockaddr *)&to, len);
	close(fd);
}
