/* SPDX-License-Identifier: MIT */
/* netlink: messages as the kernel sends them, and torn ones; nothing is read past the end. */
#include "arm/keeper/netlink.h"

#include <arpa/inet.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "tap.h"

static _Alignas(8) uint8_t buf[1024];
static size_t used;

static void put(const void *data, size_t len)
{
	memcpy(buf + used, data, len);
	used = (used + len + 3) & ~(size_t)3;
}

static size_t attribute(unsigned type, const void *data, size_t len)
{
	struct nlattr head = {
	    .nla_len = (uint16_t)(sizeof(head) + len), .nla_type = (uint16_t)type};
	size_t at = used;

	put(&head, sizeof(head));
	if (len)
		put(data, len);
	return at;
}

static void close_nest(size_t at)
{
	struct nlattr head;

	memcpy(&head, buf + at, sizeof(head));
	head.nla_len = (uint16_t)(used - at);
	memcpy(buf + at, &head, sizeof(head));
}

static size_t begin(unsigned type, const void *body, size_t len)
{
	struct nlmsghdr head = {.nlmsg_type = (uint16_t)type, .nlmsg_seq = 7};
	size_t at = used;

	put(&head, sizeof(head));
	put(body, len);
	return at;
}

static void end(size_t at)
{
	uint32_t len = (uint32_t)(used - at);

	memcpy(buf + at, &len, sizeof(len));
}

static const uint8_t mac[6] = {0x52, 0x54, 0, 0xa1, 0xb2, 0xc3};
static const uint8_t other[6] = {2, 2, 2, 2, 2, 2};

static void put_slave(void)
{
	struct ifinfomsg info = {.ifi_index = 3, .ifi_flags = 1 | 1 << 6};
	uint32_t master = 9, below = 4;
	size_t at = begin(RTM_NEWLINK, &info, sizeof(info)), nest, data;

	attribute(IFLA_IFNAME, "enp1s0", 7);
	attribute(IFLA_ADDRESS, other, 6);
	attribute(IFLA_MASTER, &master, 4);
	attribute(IFLA_LINK, &below, 4);
	nest = attribute(IFLA_LINKINFO | NLA_F_NESTED, NULL, 0);
	attribute(IFLA_INFO_SLAVE_KIND, "bond", 5);
	data = attribute(IFLA_INFO_SLAVE_DATA, NULL, 0);
	attribute(IFLA_BOND_SLAVE_PERM_HWADDR, mac, 6);
	close_nest(data);
	close_nest(nest);
	end(at);
}

/* A card that is in no bond, of a kernel since 5.6; len: of its permanent address */
static void put_card(size_t len)
{
	struct ifinfomsg info = {.ifi_index = 3, .ifi_flags = 1};
	size_t at = begin(RTM_NEWLINK, &info, sizeof(info));

	attribute(IFLA_IFNAME, "enp1s0", 7);
	attribute(IFLA_ADDRESS, other, 6);
	attribute(IFLA_PERM_ADDRESS, mac, len);
	end(at);
}

static void put_route(unsigned type)
{
	struct rtmsg rt = {.rtm_family = AF_INET, .rtm_type = (uint8_t)type};
	uint32_t oif = 3, source = inet_addr("10.0.2.15"), gateway = inet_addr("10.0.2.2");
	size_t at = begin(RTM_NEWROUTE, &rt, sizeof(rt));

	attribute(RTA_OIF, &oif, 4);
	attribute(RTA_PREFSRC, &source, 4);
	attribute(RTA_GATEWAY, &gateway, 4);
	end(at);
}

static void put_neighbour(unsigned state)
{
	struct ndmsg nd = {.ndm_family = AF_INET, .ndm_ifindex = 3, .ndm_state = (uint16_t)state};
	uint32_t address = inet_addr("10.0.2.2");
	size_t at = begin(RTM_NEWNEIGH, &nd, sizeof(nd));

	attribute(NDA_DST, &address, 4);
	attribute(NDA_LLADDR, mac, 6);
	end(at);
}

/* A link message with these fields; name, "" none, has name_len bytes in the message. */
static void put_link(
    unsigned type, int index, unsigned flags, const char *kind, const char *name, size_t name_len)
{
	struct ifinfomsg info = {.ifi_index = index, .ifi_flags = flags};
	size_t at = begin(type, &info, sizeof(info)), nest, data;

	attribute(IFLA_IFNAME, name, name_len);
	attribute(IFLA_PERM_ADDRESS, mac, 6);
	nest = attribute(IFLA_LINKINFO | NLA_F_NESTED, NULL, 0);
	attribute(IFLA_INFO_SLAVE_KIND, kind, strlen(kind) + 1);
	data = attribute(IFLA_INFO_SLAVE_DATA, NULL, 0);
	attribute(IFLA_BOND_SLAVE_PERM_HWADDR, other, 6);
	close_nest(data);
	close_nest(nest);
	end(at);
}

/*
 * What is read in a link message, and what makes a message another than a link, route or neighbour.
 */
static void fields(void)
{
	const uint32_t zero = 0, three = 3;
	struct rtmsg rt = {.rtm_family = AF_UNSPEC, .rtm_type = RTN_UNICAST};
	struct ndmsg nd = {.ndm_family = AF_INET, .ndm_ifindex = 3, .ndm_state = NUD_STALE};
	struct nlmsgerr odd = {.error = -5000};
	struct netlink_message m;
	size_t at = 0, message;

	used = 0;
	put_link(RTM_DELLINK, 3, 1 | 1 << 3, "bridge", "lo", 2);
	netlink_next(buf, used, &at, &m);
	ok(m.type == NETLINK_LINK && m.link.gone, "RTM_DELLINK is a link that is gone");
	is_num(m.link.loopback, 1, "the loopback flag is read");
	is_num(m.link.running, 0, "up without carrier is not running");
	is(m.link.name, "", "a name without its end is ignored");
	ok(memcmp(m.link.permanent, mac, 6) == 0, "slave data of a bridge is ignored");
	put_link(RTM_NEWLINK, 0, 1, "bond", "x", 2);
	netlink_next(buf, used, &at, &m);
	is_num(m.type, NETLINK_OTHER, "a link without index is ignored");
	put_slave();
	{
		struct nlattr head = {.nla_len = sizeof(head) + 6, .nla_type = IFLA_PERM_ADDRESS};
		uint32_t len;

		message = at;
		put(&head, sizeof(head));
		put(other, 6);
		len = (uint32_t)(used - message);
		memcpy(buf + message, &len, sizeof(len));
	}
	netlink_next(buf, used, &at, &m);
	ok(memcmp(m.link.permanent, mac, 6) == 0, "the bond's address of a slave comes first");

	message = begin(RTM_NEWROUTE, &rt, sizeof(rt));
	attribute(RTA_OIF, &three, 4);
	end(message);
	netlink_next(buf, used, &at, &m);
	is_num(m.type, NETLINK_OTHER, "a route of another family is ignored");
	rt.rtm_family = AF_INET;
	message = begin(RTM_NEWROUTE, &rt, sizeof(rt));
	attribute(RTA_OIF, &zero, 4);
	end(message);
	netlink_next(buf, used, &at, &m);
	is_num(m.type, NETLINK_OTHER, "a route without interface is ignored");
	message = begin(RTM_NEWROUTE, &rt, 4);
	end(message);
	netlink_next(buf, used, &at, &m);
	is_num(m.type, NETLINK_OTHER, "a route message that is too short is ignored");
	message = begin(RTM_NEWNEIGH, &nd, sizeof(nd));
	attribute(NDA_DST, &three, 4);
	end(message);
	netlink_next(buf, used, &at, &m);
	is_num(m.type, NETLINK_OTHER, "a neighbour without MAC is ignored");
	message = begin(RTM_NEWNEIGH, &nd, sizeof(nd));
	attribute(NDA_LLADDR, mac, 6);
	end(message);
	netlink_next(buf, used, &at, &m);
	is_num(m.type, NETLINK_OTHER, "a neighbour without address is ignored");
	message = begin(RTM_NEWLINK, &(struct ifinfomsg){.ifi_index = 3}, 8);
	end(message);
	netlink_next(buf, used, &at, &m);
	is_num(m.type, NETLINK_OTHER, "a link message that is too short is ignored");
	message = begin(NLMSG_ERROR, &odd, sizeof(odd));
	end(message);
	netlink_next(buf, used, &at, &m);
	ok(m.type == NETLINK_ERROR && m.error == 0, "an error that is no errno counts as none");
	message = begin(NLMSG_DONE, &odd, 4);
	end(message);
	at = message;
	is_num(netlink_next(buf, used - 1, &at, &m), 0,
	    "a message longer than its datagram is refused");
	memset(buf + message, 0, 4);
	is_num(netlink_next(buf, used, &at, &m), 0, "a message shorter than its header is refused");
	message = used = 0;
	message = begin(NLMSG_DONE, &odd, 4);
	end(message);
	buf[0] = 17;
	at = 0;
	ok(netlink_next(buf, 18, &at, &m) == 1 && at == 18, "a padded end is not passed");
}

/* Every prefix, and every byte changed, in memory of just that size: the sanitizer looks. */
static void torn(void)
{
	struct netlink_message record;
	size_t seen = 0;
	int inside = 1;

	for (size_t len = 0; len <= used; len++) {
		uint8_t *copy = malloc(len ? len : 1);
		size_t at = 0;

		memcpy(copy, buf, len);
		while (netlink_next(copy, len, &at, &record))
			seen++;
		free(copy);
	}
	for (size_t i = 0; i < used; i++)
		for (unsigned value = 0; value < 256; value += 17) {
			uint8_t *copy = malloc(used);
			size_t at = 0, before = (size_t)-1;

			memcpy(copy, buf, used);
			copy[i] = (uint8_t)value;
			while (
			    at != before && (before = at, netlink_next(copy, used, &at, &record)))
				seen++;
			inside &= at <= used;
			free(copy);
		}
	ok(seen > 0 && inside, "torn and changed messages are read within their end");
}

/* The header that a request begins with. */
static void begins(const void *request, size_t len, unsigned type)
{
	struct nlmsghdr head;

	memcpy(&head, request, sizeof(head));
	ok(head.nlmsg_len == len && head.nlmsg_type == type && head.nlmsg_seq == 5 &&
		(head.nlmsg_flags & NLM_F_REQUEST),
	    "request %u has its header", type);
}

/* The same of IPv6. */
static void six(void)
{
	struct rtmsg rt = {.rtm_family = AF_INET6, .rtm_type = RTN_UNICAST};
	struct ndmsg nd = {.ndm_family = AF_INET6, .ndm_ifindex = 3, .ndm_state = NUD_STALE};
	const uint32_t oif = 3;
	_Alignas(8) uint8_t request[NETLINK_REQUEST_MAX];
	struct in6_addr own, router;
	char text[IP_TEXT];
	struct netlink_message m;
	size_t at, message;

	ip_parse("fd00::15", &own);
	ip_parse("fe80::1", &router);
	used = 0;
	at = begin(RTM_NEWROUTE, &rt, sizeof(rt));
	attribute(RTA_OIF, &oif, 4);
	attribute(RTA_PREFSRC, &own, 16);
	attribute(RTA_GATEWAY, &router, 16);
	end(at);
	message = begin(RTM_NEWNEIGH, &nd, sizeof(nd));
	attribute(NDA_DST, &router, 16);
	attribute(NDA_LLADDR, mac, 6);
	end(message);
	message = begin(RTM_NEWROUTE, &rt, sizeof(rt));
	attribute(RTA_OIF, &oif, 4);
	attribute(RTA_PREFSRC, &own, 4);
	end(message);
	at = 0;
	netlink_next(buf, used, &at, &m);
	is_num(m.type, NETLINK_ROUTE_TO, "IPv6: a route is read");
	is(ip_text(&m.route.source, text), "fd00::15", "IPv6: its source");
	is(ip_text(&m.route.gateway, text), "fe80::1", "IPv6: its gateway");
	netlink_next(buf, used, &at, &m);
	is_num(m.type, NETLINK_NEIGHBOUR, "IPv6: a neighbour is read");
	is(ip_text(&m.neighbour.address, text), "fe80::1", "IPv6: its address");
	netlink_next(buf, used, &at, &m);
	ok(ip_is_none(&m.route.source), "IPv6: a source of four bytes is no address");
	begins(request, netlink_get_route(request, 5, &own), RTM_GETROUTE);
	is_num(request[NLMSG_HDRLEN], AF_INET6, "IPv6: a request for a route has its family");
	is_num(request[NLMSG_HDRLEN + 1], 128, "IPv6: it is for one host");
	ok(memcmp(request + NLMSG_LENGTH(sizeof(struct rtmsg)) + 4, &own, 16) == 0,
	    "IPv6: it has its address");
	is_num((long long)netlink_get_route(request, 1, &own), 48, "IPv6: its length");
}

int main(void)
{
	static const uint8_t route_to[] = {8, 0, RTA_DST, 0, 10, 0, 2, 2};
	struct ifinfomsg none = {.ifi_family = AF_BRIDGE, .ifi_index = 3};
	struct nlmsgerr failure = {.error = -101};
	_Alignas(8) uint8_t request[NETLINK_REQUEST_MAX];
	char text[IP_TEXT];
	struct netlink_message r;
	struct in6_addr to;
	size_t at = 0, message;

	ip_parse("10.0.2.2", &to);
	put_slave();
	is_num(netlink_next(buf, used, &at, &r), 1, "a link message is read");
	is_num(r.type, NETLINK_LINK, "the message is a link");
	is_num(r.seq, 7, "the sequence number is read");
	is(r.link.name, "enp1s0", "the name of a link is read");
	is_num(r.link.index, 3, "the index of a link is read");
	is_num(r.link.master, 9, "the master of a link is read");
	is_num(r.link.below, 4, "the interface below a link is read");
	is_num(r.link.running, 1, "up with carrier is running");
	ok(r.link.has_mac && memcmp(r.link.mac, other, 6) == 0,
	    "the bond's address is the slave's");
	ok(r.link.has_permanent && memcmp(r.link.permanent, mac, 6) == 0,
	    "the permanent address of a slave is read");
	is_num(netlink_next(buf, used, &at, &r), 0, "there are no more messages");

	put_card(6);
	netlink_next(buf, used, &at, &r);
	ok(r.link.has_mac && memcmp(r.link.mac, other, 6) == 0,
	    "the present address of a card is read");
	ok(r.link.has_permanent && memcmp(r.link.permanent, mac, 6) == 0,
	    "the permanent address of a card is read");
	put_card(5);
	netlink_next(buf, used, &at, &r);
	ok(r.type == NETLINK_LINK && !r.link.has_permanent,
	    "a permanent address of five bytes is ignored");

	put_route(RTN_UNICAST);
	netlink_next(buf, used, &at, &r);
	is_num(r.type, NETLINK_ROUTE_TO, "a unicast route is read");
	is_num(r.route.index, 3, "the interface of a route is read");
	is(ip_text(&r.route.source, text), "10.0.2.15", "the source of a route is read");
	is(ip_text(&r.route.gateway, text), "10.0.2.2", "the gateway of a route is read");
	put_route(RTN_LOCAL);
	netlink_next(buf, used, &at, &r);
	is_num(r.type, NETLINK_OTHER, "a route to ourselves is ignored");
	put_neighbour(NUD_STALE);
	netlink_next(buf, used, &at, &r);
	is_num(r.type, NETLINK_NEIGHBOUR, "a neighbour is read");
	ok(memcmp(r.neighbour.mac, mac, 6) == 0, "the MAC of a neighbour is read");
	put_neighbour(NUD_INCOMPLETE);
	netlink_next(buf, used, &at, &r);
	is_num(r.type, NETLINK_OTHER, "an unresolved neighbour is ignored");
	message = begin(RTM_NEWLINK, &none, sizeof(none));
	end(message);
	netlink_next(buf, used, &at, &r);
	is_num(r.type, NETLINK_OTHER, "a bridge's view of a port is ignored");
	message = begin(NLMSG_ERROR, &failure, sizeof(failure));
	end(message);
	netlink_next(buf, used, &at, &r);
	is_num(r.type, NETLINK_ERROR, "an error message is read");
	is_num(r.error, 101, "the errno of an error is read");
	torn();
	fields();

	six();
	begins(request, netlink_get_route(request, 5, &to), RTM_GETROUTE);
	ok(memcmp(request + NLMSG_LENGTH(sizeof(struct rtmsg)), route_to, sizeof(route_to)) == 0,
	    "a request for a route has its address");
	is_num(request[NLMSG_HDRLEN + 1], 32, "a request for a route is for one host");
	begins(request, netlink_get_neighbours(request, 5, 3, AF_INET), RTM_GETNEIGH);
	is_num(request[NLMSG_LENGTH(sizeof(struct ndmsg)) + 4], 3,
	    "a request for neighbours has its interface");
	begins(request, netlink_get_link(request, 5, 3), RTM_GETLINK);
	is_num(request[NLMSG_HDRLEN + 4], 3, "a request for a link has its index");
	is_num(
	    (long long)netlink_get_links(request, 1), 32, "the length of a request for all links");
	is_num(
	    (long long)netlink_get_link(request, 1, 3), 32, "the length of a request for one link");
	is_num((long long)netlink_get_route(request, 1, &to), 36,
	    "the length of a request for a route");
	is_num((long long)netlink_get_neighbours(request, 1, 3, AF_INET), 36,
	    "the length of a request for neighbours");
	return tap_done();
}
