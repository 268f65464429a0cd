/* SPDX-License-Identifier: MIT */
/* netlink: rtnetlink messages, built and taken apart; see netlink.h. Pure. */
#include "netlink.h"

#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

/* linux/if.h and net/if.h clash, so the flags are named here (linux/if.h, enum net_device_flags). */
enum { LINK_UP = 1 << 0, LINK_LOOPBACK = 1 << 3, LINK_RUNNING = 1 << 6 };

struct attribute {
	unsigned type;
	const uint8_t *data;
	size_t len;
};

/* From one header to the next: padded to 4 bytes, but not past what is left. */
static size_t netlink_step(size_t len, size_t left)
{
	size_t padded = (len + 3) & ~(size_t)3;

	return padded < left ? padded : left;
}

/* The next attribute of bytes..end, which are 4-byte aligned in the message. 1, or 0 at the end. */
static int netlink_attribute(const uint8_t **bytes, const uint8_t *end, struct attribute *out)
{
	size_t left = (size_t)(end - *bytes);
	struct nlattr head;

	if (left < sizeof(head))
		return 0;
	memcpy(&head, *bytes, sizeof(head));
	if (head.nla_len < sizeof(head) || head.nla_len > left)
		return 0;
	out->type = head.nla_type & (unsigned)NLA_TYPE_MASK;
	out->data = *bytes + sizeof(head);
	out->len = head.nla_len - sizeof(head);
	*bytes += netlink_step(head.nla_len, left);
	return 1;
}

static uint32_t netlink_u32(const struct attribute *a)
{
	uint32_t value = 0;

	if (a->len == sizeof(value))
		memcpy(&value, a->data, sizeof(value));
	return value;
}

static int netlink_mac(const struct attribute *a, uint8_t mac[6])
{
	if (a->len != 6)
		return 0;
	memcpy(mac, a->data, 6);
	return 1;
}

/* IFLA_LINKINFO / IFLA_INFO_SLAVE_DATA / IFLA_BOND_SLAVE_PERM_HWADDR, when the slave kind is bond. */
static void netlink_slave(const struct attribute *info, struct arm_link *link)
{
	const uint8_t *bytes = info->data, *end = info->data + info->len;
	struct attribute a, data = {0};
	int bond = 0;

	while (netlink_attribute(&bytes, end, &a)) {
		if (a.type == IFLA_INFO_SLAVE_KIND)
			bond = a.len >= 4 && memcmp(a.data, "bond", 4) == 0;
		else if (a.type == IFLA_INFO_SLAVE_DATA)
			data = a;
	}
	bytes = data.data;
	while (bond && bytes && netlink_attribute(&bytes, data.data + data.len, &a))
		if (a.type == IFLA_BOND_SLAVE_PERM_HWADDR && netlink_mac(&a, link->permanent))
			link->has_permanent = 1;
}

static int netlink_link(const uint8_t *body, const uint8_t *end, int gone, struct arm_link *link)
{
	struct ifinfomsg info;
	struct attribute a;

	memset(link, 0, sizeof(*link));
	if ((size_t)(end - body) < sizeof(info))
		return -1;
	memcpy(&info, body, sizeof(info));
	if (info.ifi_family != AF_UNSPEC || info.ifi_index <= 0)
		return -1; /* AF_BRIDGE: a bridge's own view of its ports */
	link->index = info.ifi_index;
	link->gone = gone;
	link->loopback = (info.ifi_flags & LINK_LOOPBACK) != 0;
	link->running = (info.ifi_flags & (LINK_UP | LINK_RUNNING)) == (LINK_UP | LINK_RUNNING);
	body += NLMSG_ALIGN(sizeof(info));
	while (netlink_attribute(&body, end, &a)) {
		switch (a.type) {
		case IFLA_IFNAME:
			if (a.len > 0 && a.len <= sizeof(link->name) && !a.data[a.len - 1])
				memcpy(link->name, a.data, a.len);
			break;
		case IFLA_ADDRESS:
			link->has_mac = netlink_mac(&a, link->mac);
			break;
		case IFLA_PERM_ADDRESS:
			if (!link->has_permanent)
				link->has_permanent = netlink_mac(&a, link->permanent);
			break;
		case IFLA_MASTER:
			link->master = (int)netlink_u32(&a);
			break;
		case IFLA_LINK:
			link->below = (int)netlink_u32(&a);
			break;
		case IFLA_LINKINFO:
			netlink_slave(&a, link);
			break;
		default:
			break;
		}
	}
	return 0;
}

static int netlink_route(const uint8_t *body, const uint8_t *end, struct arm_route *route)
{
	struct rtmsg rt;
	struct attribute a;

	memset(route, 0, sizeof(*route));
	if ((size_t)(end - body) < sizeof(rt))
		return -1;
	memcpy(&rt, body, sizeof(rt));
	if (rt.rtm_family != AF_INET || rt.rtm_type != RTN_UNICAST)
		return -1;
	body += NLMSG_ALIGN(sizeof(rt));
	while (netlink_attribute(&body, end, &a)) {
		if (a.type == RTA_OIF)
			route->index = (int)netlink_u32(&a);
		else if (a.type == RTA_PREFSRC)
			route->source = netlink_u32(&a);
		else if (a.type == RTA_GATEWAY)
			route->gateway = netlink_u32(&a);
	}
	return route->index > 0 ? 0 : -1;
}

static int netlink_neighbour(const uint8_t *body, const uint8_t *end, struct arm_neighbour *n)
{
	const unsigned valid = NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT;
	struct ndmsg nd;
	struct attribute a;
	int has_mac = 0;

	memset(n, 0, sizeof(*n));
	if ((size_t)(end - body) < sizeof(nd))
		return -1;
	memcpy(&nd, body, sizeof(nd));
	if (nd.ndm_family != AF_INET || !(nd.ndm_state & valid))
		return -1;
	n->index = nd.ndm_ifindex;
	body += NLMSG_ALIGN(sizeof(nd));
	while (netlink_attribute(&body, end, &a)) {
		if (a.type == NDA_DST)
			n->address = netlink_u32(&a);
		else if (a.type == NDA_LLADDR)
			has_mac = netlink_mac(&a, n->mac);
	}
	return has_mac && n->address ? 0 : -1;
}

int arm_netlink_next(const void *data, size_t len, size_t *at, struct arm_record *record)
{
	const uint8_t *bytes = data, *body, *end;
	struct nlmsghdr head;
	size_t left = *at < len ? len - *at : 0;

	memset(record, 0, sizeof(*record));
	if (left < sizeof(head))
		return 0;
	memcpy(&head, bytes + *at, sizeof(head));
	if (head.nlmsg_len < sizeof(head) || head.nlmsg_len > left)
		return 0;
	body = bytes + *at + NLMSG_HDRLEN;
	end = bytes + *at + head.nlmsg_len;
	*at += netlink_step(head.nlmsg_len, left);
	record->seq = head.nlmsg_seq;
	switch (head.nlmsg_type) {
	case NLMSG_ERROR: {
		struct nlmsgerr e;

		if ((size_t)(end - body) < sizeof(e))
			break;
		memcpy(&e, body, sizeof(e));
		record->type = ARM_MSG_ERROR;
		/* -INT_MIN is no int; nothing sends that */
		record->error = e.error < 0 && e.error > -4096 ? -e.error : 0;
		break;
	}
	case NLMSG_DONE:
		record->type = ARM_MSG_DONE;
		break;
	case RTM_NEWLINK:
	case RTM_DELLINK:
		if (netlink_link(body, end, head.nlmsg_type == RTM_DELLINK, &record->link) == 0)
			record->type = ARM_MSG_LINK;
		break;
	case RTM_NEWROUTE:
		if (netlink_route(body, end, &record->route) == 0)
			record->type = ARM_MSG_ROUTE;
		break;
	case RTM_NEWNEIGH:
		if (netlink_neighbour(body, end, &record->neighbour) == 0)
			record->type = ARM_MSG_NEIGHBOUR;
		break;
	default:
		break;
	}
	return 1;
}

static size_t netlink_request(
    void *out, uint32_t seq, unsigned type, unsigned flags, const void *body, size_t body_len)
{
	struct nlmsghdr head = {
	    .nlmsg_len = (uint32_t)(NLMSG_HDRLEN + body_len),
	    .nlmsg_type = (uint16_t)type,
	    .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags),
	    .nlmsg_seq = seq,
	};

	memcpy(out, &head, sizeof(head));
	memcpy((uint8_t *)out + NLMSG_HDRLEN, body, body_len);
	return head.nlmsg_len;
}

size_t arm_netlink_ask_links(void *out, uint32_t seq)
{
	struct ifinfomsg info = {.ifi_family = AF_UNSPEC};

	return netlink_request(out, seq, RTM_GETLINK, NLM_F_DUMP, &info, sizeof(info));
}

size_t arm_netlink_ask_link(void *out, uint32_t seq, int index)
{
	struct ifinfomsg info = {.ifi_family = AF_UNSPEC, .ifi_index = index};

	return netlink_request(out, seq, RTM_GETLINK, 0, &info, sizeof(info));
}

size_t arm_netlink_ask_route(void *out, uint32_t seq, uint32_t address)
{
	struct {
		struct rtmsg rt;
		struct nlattr head;
		uint32_t address;
	} body = {
	    .rt = {.rtm_family = AF_INET, .rtm_dst_len = 32},
	    .head = {.nla_len = sizeof(struct nlattr) + sizeof(uint32_t), .nla_type = RTA_DST},
	    .address = address,
	};

	return netlink_request(out, seq, RTM_GETROUTE, 0, &body, sizeof(body));
}

size_t arm_netlink_ask_neighbours(void *out, uint32_t seq, int index)
{
	struct {
		struct ndmsg nd;
		struct nlattr head;
		uint32_t index;
	} body = {
	    .nd = {.ndm_family = AF_INET},
	    .head = {.nla_len = sizeof(struct nlattr) + sizeof(uint32_t), .nla_type = NDA_IFINDEX},
	    .index = (uint32_t)index,
	};

	return netlink_request(out, seq, RTM_GETNEIGH, NLM_F_DUMP, &body, sizeof(body));
}
