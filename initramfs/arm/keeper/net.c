/* SPDX-License-Identifier: MIT */
/* net: the keeper's look at the network; see net.h. */
#include "net.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "arm/sys.h"

enum { NET_BUFFER = 32768, NET_ANSWERS_MAX = 4096, NET_LOOK_MS = 1000 };

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

int arm_net_open(void)
{
	return net_socket(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE, SOCK_NONBLOCK);
}

/* One datagram from the kernel itself; others are as good as none (len 0). */
static ssize_t net_receive(int fd, void *buf)
{
	struct sockaddr_nl from = {0};
	socklen_t from_len = sizeof(from);
	ssize_t n = recvfrom(fd, buf, NET_BUFFER, 0, (struct sockaddr *)&from, &from_len);

	return n > 0 && from.nl_pid != 0 ? 0 : n;
}

static _Alignas(8) char net_buffer[NET_BUFFER];

void arm_net_drain(int fd, struct arm_keeper *keeper)
{
	struct arm_record record;
	ssize_t n;

	/* An overrun (ENOBUFS) is no loss: what follows is a look at everything. */
	for (int i = 0; i < NET_ANSWERS_MAX && (n = net_receive(fd, net_buffer)) >= 0; i++)
		for (size_t at = 0; arm_netlink_next(net_buffer, (size_t)n, &at, &record);)
			if (record.type == ARM_MSG_LINK)
				arm_keeper_link(keeper, &record.link);
}

/* Sends one request and takes its answers in; 0 at the end, -1 on error or timeout. */
static int net_ask(int fd, const void *request, size_t len, uint32_t seq, int dump,
    struct arm_view *view, const struct arm_target *hop)
{
	int64_t end = arm_now() + NET_LOOK_MS;

	if (send(fd, request, len, 0) != (ssize_t)len)
		return -1;
	for (int i = 0; i < NET_ANSWERS_MAX && arm_now() < end; i++) {
		struct arm_record r;
		ssize_t n = net_receive(fd, net_buffer);

		if (n < 0)
			return -1;
		for (size_t at = 0; arm_netlink_next(net_buffer, (size_t)n, &at, &r);) {
			if (r.seq != seq)
				continue;
			if (r.type == ARM_MSG_DONE)
				return 0;
			if (r.type == ARM_MSG_ERROR)
				return r.error ? -1 : 0;
			if (r.type == ARM_MSG_LINK && view->link_count < ARM_LINKS_MAX)
				view->link[view->link_count++] = r.link;
			if (r.type == ARM_MSG_ROUTE) {
				view->route = r.route;
				view->has_route = 1;
			}
			if (r.type == ARM_MSG_NEIGHBOUR && hop && r.neighbour.index == hop->index &&
			    r.neighbour.address == hop->hop) {
				memcpy(view->hop, r.neighbour.mac, 6);
				view->has_hop = 1;
			}
			if (!dump)
				return 0;
		}
	}
	return -1;
}

void arm_net_look(struct arm_view *view, uint32_t server)
{
	_Alignas(8) char request[ARM_REQUEST_MAX];
	struct arm_target hop = {0};
	int fd = net_socket(0, 0);

	memset(view, 0, sizeof(*view));
	if (fd < 0)
		return;
	net_ask(fd, request, arm_netlink_ask_links(request, 1), 1, 1, view, NULL);
	net_ask(fd, request, arm_netlink_ask_route(request, 2, server), 2, 0, view, NULL);
	if (view->has_route) {
		hop.index = view->route.index;
		hop.hop = view->route.gateway ? view->route.gateway : server;
		if (!arm_view_link(view, hop.index)) {
			/* a machine with very many interfaces: make room for the one that counts */
			if (view->link_count == ARM_LINKS_MAX)
				view->link_count--;
			net_ask(fd, request, arm_netlink_ask_link(request, 3, hop.index), 3, 0,
			    view, NULL);
		}
		net_ask(fd, request, arm_netlink_ask_neighbours(request, 4, hop.index), 4, 1, view,
		    &hop);
	}
	close(fd);
}

void arm_net_provoke(const struct arm_target *target)
{
	struct sockaddr_in to = {
	    .sin_family = AF_INET, .sin_port = htons(9), .sin_addr = {.s_addr = target->hop}};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, target->name,
	    (socklen_t)strnlen(target->name, ARM_NAME_MAX));
	sendto(fd, "", 0, MSG_DONTWAIT, (struct sockaddr *)&to, sizeof(to));
	close(fd);
}
