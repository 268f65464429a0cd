/* SPDX-License-Identifier: MIT */
/* netlink: rtnetlink requests and messages; see netlink.h. Pure. */
#include "netlink.h"

#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

/*
 * linux/if.h and net/if.h clash, so the flags are named here (linux/if.h, enum net_device_flags).
 */
enum { LINK_UP = 1 << 0, LINK_LOOPBACK = 1 << 3, LINK_RUNNING = 1 << 6 };

static unsigned attribute_type(const struct rtattr *a)
{
	return a->rta_type & (unsigned)NLA_TYPE_MASK;
}

static uint32_t attribute_u32(const struct rtattr *a)
{
	uint32_t value = 0;

	if (RTA_PAYLOAD(a) == sizeof(value))
		memcpy(&value, RTA_DATA(a), sizeof(value));
	return value;
}

/* An address of the family's size, else none. */
static void attribute_ip(const struct rtattr *a, int family, struct in6_addr *ip)
{
	size_t len = family == AF_INET ? 4 : 16;

	ip_from_bytes(RTA_DATA(a), RTA_PAYLOAD(a) == len ? len : 0, ip);
}

static int attribute_mac(const struct rtattr *a, uint8_t mac[6])
{
	if (RTA_PAYLOAD(a) != 6)
		return 0;
	memcpy(mac, RTA_DATA(a), 6);
	return 1;
}

/* IFLA_LINKINFO / IFLA_INFO_SLAVE_DATA / IFLA_BOND_SLAVE_PERM_HWADDR, if the slave kind is bond. */
static void netlink_slave(const struct rtattr *info, struct netlink_link *link)
{
	const struct rtattr *a, *data = NULL;
	int left = (int)RTA_PAYLOAD(info), bond = 0;

	for (a = RTA_DATA(info); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		if (attribute_type(a) == IFLA_INFO_SLAVE_KIND)
			bond = RTA_PAYLOAD(a) >= 4 && memcmp(RTA_DATA(a), "bond", 4) == 0;
		else if (attribute_type(a) == IFLA_INFO_SLAVE_DATA)
			data = a;
	}
	if (!bond || !data)
		return;
	left = (int)RTA_PAYLOAD(data);
	for (a = RTA_DATA(data); RTA_OK(a, left); a = RTA_NEXT(a, left))
		if (attribute_type(a) == IFLA_BOND_SLAVE_PERM_HWADDR &&
		    attribute_mac(a, link->permanent))
			link->has_permanent = 1;
}

/*
 * The message's body of size bytes, and its attributes with their length in *left; NULL: too short.
 */
static const struct rtattr *netlink_body(
    const struct nlmsghdr *head, void *body, size_t size, int *left)
{
	const uint8_t *data = NLMSG_DATA(head);

	*left = (int)head->nlmsg_len - (int)NLMSG_SPACE(size);
	if (head->nlmsg_len < NLMSG_LENGTH(size))
		return NULL;
	memcpy(body, data, size);
	return (const void *)(data + NLMSG_ALIGN(size));
}

static int netlink_link(const struct nlmsghdr *head, struct netlink_link *link)
{
	struct ifinfomsg info;
	int left;
	const struct rtattr *a = netlink_body(head, &info, sizeof(info), &left);

	/* AF_BRIDGE: a bridge's own view of its ports */
	if (!a || info.ifi_family != AF_UNSPEC || info.ifi_index <= 0)
		return -1;
	link->index = info.ifi_index;
	link->gone = head->nlmsg_type == RTM_DELLINK;
	link->loopback = (info.ifi_flags & LINK_LOOPBACK) != 0;
	link->running = (info.ifi_flags & (LINK_UP | LINK_RUNNING)) == (LINK_UP | LINK_RUNNING);
	for (; RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		const char *name = RTA_DATA(a);
		size_t len = RTA_PAYLOAD(a);

		switch (attribute_type(a)) {
		case IFLA_IFNAME:
			if (len > 0 && len <= sizeof(link->name) && !name[len - 1])
				memcpy(link->name, name, len);
			break;
		case IFLA_ADDRESS:
			link->has_mac = attribute_mac(a, link->mac);
			break;
		case IFLA_PERM_ADDRESS:
			if (!link->has_permanent)
				link->has_permanent = attribute_mac(a, link->permanent);
			break;
		case IFLA_MASTER:
			link->master = (int)attribute_u32(a);
			break;
		case IFLA_LINK:
			link->below = (int)attribute_u32(a);
			break;
		case IFLA_LINKINFO:
			netlink_slave(a, link);
			break;
		default:
			break;
		}
	}
	return 0;
}

static int netlink_route(const struct nlmsghdr *head, struct netlink_route *route)
{
	struct rtmsg rt;
	int left;
	const struct rtattr *a = netlink_body(head, &rt, sizeof(rt), &left);

	if (!a || (rt.rtm_family != AF_INET && rt.rtm_family != AF_INET6) ||
	    rt.rtm_type != RTN_UNICAST)
		return -1;
	for (; RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		if (attribute_type(a) == RTA_OIF)
			route->index = (int)attribute_u32(a);
		else if (attribute_type(a) == RTA_PREFSRC)
			attribute_ip(a, rt.rtm_family, &route->source);
		else if (attribute_type(a) == RTA_GATEWAY)
			attribute_ip(a, rt.rtm_family, &route->gateway);
	}
	return route->index > 0 ? 0 : -1;
}

static int netlink_neighbour(const struct nlmsghdr *head, struct netlink_neighbour *n)
{
	const unsigned valid = NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT;
	struct ndmsg nd;
	int left, has_mac = 0;
	const struct rtattr *a = netlink_body(head, &nd, sizeof(nd), &left);

	if (!a || (nd.ndm_family != AF_INET && nd.ndm_family != AF_INET6) ||
	    !(nd.ndm_state & valid))
		return -1;
	n->index = nd.ndm_ifindex;
	for (; RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		if (attribute_type(a) == NDA_DST)
			attribute_ip(a, nd.ndm_family, &n->address);
		else if (attribute_type(a) == NDA_LLADDR)
			has_mac = attribute_mac(a, n->mac);
	}
	return has_mac && !ip_is_none(&n->address) ? 0 : -1;
}

int netlink_next(const void *data, size_t len, size_t *at, struct netlink_message *message)
{
	size_t left = *at < len ? len - *at : 0, step;
	const struct nlmsghdr *head = (const void *)((const uint8_t *)data + *at);
	struct nlmsgerr error;
	int rest;

	memset(message, 0, sizeof(*message));
	if (left < sizeof(*head) || head->nlmsg_len < sizeof(*head) || head->nlmsg_len > left)
		return 0;
	step = NLMSG_ALIGN((size_t)head->nlmsg_len);
	*at += step < left ? step : left;
	message->seq = head->nlmsg_seq;
	switch (head->nlmsg_type) {
	case NLMSG_DONE:
		message->type = NETLINK_DONE;
		break;
	case NLMSG_ERROR:
		if (!netlink_body(head, &error, sizeof(error), &rest))
			break;
		message->type = NETLINK_ERROR;
		/* (no errno is above 4095; -INT_MIN would overflow) */
		message->error = error.error < 0 && error.error > -4096 ? -error.error : 0;
		break;
	case RTM_NEWLINK:
	case RTM_DELLINK:
		if (netlink_link(head, &message->link) == 0)
			message->type = NETLINK_LINK;
		break;
	case RTM_NEWROUTE:
		if (netlink_route(head, &message->route) == 0)
			message->type = NETLINK_ROUTE_TO;
		break;
	case RTM_NEWNEIGH:
		if (netlink_neighbour(head, &message->neighbour) == 0)
			message->type = NETLINK_NEIGHBOUR;
		break;
	default:
		break;
	}
	return 1;
}

/* A request: its header, a body, and one attribute of len bytes unless that is 0. */
static size_t netlink_request(void *out, uint32_t seq, unsigned type, unsigned flags,
    const void *body, size_t size, unsigned attribute, const void *value, size_t len)
{
	struct nlmsghdr head = {
	    .nlmsg_len = (uint32_t)NLMSG_LENGTH(size),
	    .nlmsg_type = (uint16_t)type,
	    .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags),
	    .nlmsg_seq = seq,
	};
	struct rtattr a = {.rta_len = (uint16_t)RTA_LENGTH(len), .rta_type = (uint16_t)attribute};
	uint8_t *bytes = out;

	memcpy(bytes + NLMSG_HDRLEN, body, size);
	if (len) {
		memcpy(bytes + head.nlmsg_len, &a, sizeof(a));
		memcpy(bytes + head.nlmsg_len + sizeof(a), value, len);
		head.nlmsg_len += (uint32_t)RTA_SPACE(len);
	}
	memcpy(bytes, &head, sizeof(head));
	return head.nlmsg_len;
}

size_t netlink_get_links(void *out, uint32_t seq)
{
	struct ifinfomsg info = {.ifi_family = AF_UNSPEC};

	return netlink_request(out, seq, RTM_GETLINK, NLM_F_DUMP, &info, sizeof(info), 0, NULL, 0);
}

size_t netlink_get_link(void *out, uint32_t seq, int index)
{
	struct ifinfomsg info = {.ifi_family = AF_UNSPEC, .ifi_index = index};

	return netlink_request(out, seq, RTM_GETLINK, 0, &info, sizeof(info), 0, NULL, 0);
}

size_t netlink_get_route(void *out, uint32_t seq, const struct in6_addr *address)
{
	size_t len;
	const uint8_t *bytes = ip_bytes(address, &len);
	struct rtmsg rt = {
	    .rtm_family = (uint8_t)ip_family(address), .rtm_dst_len = (uint8_t)(8 * len)};

	return netlink_request(out, seq, RTM_GETROUTE, 0, &rt, sizeof(rt), RTA_DST, bytes, len);
}

size_t netlink_get_neighbours(void *out, uint32_t seq, int index, int family)
{
	struct ndmsg nd = {.ndm_family = (uint8_t)family};

	return netlink_request(out, seq, RTM_GETNEIGH, NLM_F_DUMP, &nd, sizeof(nd), NDA_IFINDEX,
	    &index, sizeof(index));
}
