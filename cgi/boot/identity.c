/* SPDX-License-Identifier: MIT */
/* identity: what a machine says of itself; see identity.h. Pure. */
#include "identity.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "base/ip.h"
#include "base/kv.h"
#include "base/num.h"
#include "cgi/http/request.h"

/* Copies bytes without NULs and surrounding white space, at most IDENTITY_MAX. */
static void identity_copy(char to[IDENTITY_MAX + 1], const char *bytes, size_t len)
{
	size_t n = 0;

	while (len > 0 && (bytes[0] == '\0' || isspace((unsigned char)bytes[0]))) {
		bytes++;
		len--;
	}
	while (len > 0 && (bytes[len - 1] == '\0' || isspace((unsigned char)bytes[len - 1])))
		len--;
	for (size_t i = 0; i < len && n < IDENTITY_MAX; i++)
		to[n++] = bytes[i] ? bytes[i] : '?';
	to[n] = '\0';
}

/* key's value (product's is producthex) into to; 0 if it is missing or useless. */
static int identity_hex(const struct kv *kv, const char *key, char to[IDENTITY_MAX + 1])
{
	const struct kv_pair *pair = kv_find(kv, key);
	char bytes[2 * IDENTITY_MAX];
	size_t n = 0;

	if (!pair || pair->len == 0 || pair->len % 2)
		return 0;
	for (size_t i = 0; i < pair->len && n < sizeof(bytes); i += 2) {
		int byte = hex_byte(pair->value + i);

		if (byte < 0)
			return 0;
		bytes[n++] = (char)byte;
	}
	identity_copy(to, bytes, n);
	return to[0] != '\0';
}

static void identity_address(const struct kv *kv, const char *name, char to[46])
{
	const char *value = kv_get(kv, name);
	struct in6_addr address;
	int family = value && strchr(value, ':') ? AF_INET6 : AF_INET;

	to[0] = '\0';
	/* Written anew from the bytes, so that nothing but an address can be in it. */
	if (value && inet_pton(family, value, &address) == 1 &&
	    !inet_ntop(family, &address, to, 46))
		to[0] = '\0';
}

/* 1 if all bits behind the prefix are zero: a network, and no host in it. */
static int identity_is_network(const struct in6_addr *ip, int prefix)
{
	for (int bit = prefix; bit < 128; bit++)
		if (ip->s6_addr[bit / 8] & 0x80 >> bit % 8)
			return 0;
	return 1;
}

/* An IPv6 address as text or as 32 hex digits; none if it is neither, or IPv4. */
static void identity_ip6(const struct kv *kv, const char *key, struct in6_addr *ip)
{
	const char *value = kv_get(kv, key);
	char text[IP_TEXT];

	memset(ip, 0, sizeof(*ip));
	if (!value)
		return;
	if (strlen(value) == 32 && !strchr(value, ':')) {
		for (size_t i = 0; i < 16; i++) {
			int byte = hex_byte(value + 2 * i);

			if (byte < 0) {
				memset(ip, 0, sizeof(*ip));
				return;
			}
			ip->s6_addr[i] = (uint8_t)byte;
		}
	} else {
		snprintf(text, sizeof(text), "%s", value);
		ip_parse(text, ip);
	}
	if (ip_is_four(ip))
		memset(ip, 0, sizeof(*ip));
}

/*
 * An IPv6 address of more than one link, by which the machine may be reached; else "". iPXE gives the router's
 * prefix itself where hosts make no addresses of it, and :: for nothing.
 */
static void identity_global(const struct in6_addr *ip, int prefix, char to[46])
{
	to[0] = '\0';
	if (ip_is_none(ip) || ip_is_four(ip) || ip_is_link_local(ip) || IN6_IS_ADDR_LOOPBACK(ip) ||
	    IN6_IS_ADDR_MULTICAST(ip) || (prefix > 0 && identity_is_network(ip, prefix)))
		return;
	ip_text(ip, to);
}

/*
 * What a machine made itself of the router's prefix comes first: nobody else gets that address. Source of the
 * names: iPXE's net/ndp.c and net/udp/dhcpv6.c; its len6 is a signed byte.
 */
static void identity_six(struct identity *identity, const struct kv *kv)
{
	static const char *const keys[] = {"ndp6", "ip6", "ip"};
	const char *len = kv_get(kv, "len6");
	struct in6_addr ip;
	struct err ignored;

	identity->prefix6 = -1;
	if (len && num_int(&ignored, "len6", len, 1, 127, &identity->prefix6))
		identity->prefix6 = -1;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) && !identity->ip6[0]; i++) {
		identity_ip6(kv, keys[i], &ip);
		identity_global(&ip, identity->prefix6, identity->ip6);
	}
	identity_ip6(kv, "gateway6", &ip);
	ip_text(&ip, identity->gateway6);
	if (identity->ip[0] || !identity->ip6[0])
		return;
	snprintf(identity->ip, sizeof(identity->ip), "%s", identity->ip6);
	snprintf(identity->gateway, sizeof(identity->gateway), "%s", identity->gateway6);
	identity->prefix = identity->prefix6;
}

static int identity_prefix(const char *netmask)
{
	struct in_addr address;
	uint32_t mask;
	int prefix = 0;

	if (inet_pton(AF_INET, netmask, &address) != 1)
		return -1;
	mask = ntohl(address.s_addr);
	while (prefix < 32 && (mask & 0x80000000u)) {
		mask <<= 1;
		prefix++;
	}
	return mask ? -1 : prefix;
}

void identity_read(struct identity *identity, const char *query)
{
	static const struct {
		const char *plain, *hex;
	} names[MATCH_COUNT] = {
	    [MATCH_PRODUCT] = {"product", "producthex"},
	    [MATCH_MANUFACTURER] = {"manufacturer", "manufacturerhex"},
	    [MATCH_SERIAL] = {"serial", "serialhex"},
	    [MATCH_ASSET] = {"asset", "assethex"},
	    [MATCH_UUID] = {"uuid", "uuidhex"},
	    [MATCH_ARCH] = {"arch", "archhex"},
	    [MATCH_PLATFORM] = {"platform", "platformhex"},
	};
	char buf[REQUEST_QUERY_MAX + 1];
	const struct kv_pair *pair;
	struct err err;
	struct kv kv;

	memset(identity, 0, sizeof(*identity));
	request_query(query, buf, &kv);
	for (size_t i = 0; i < MATCH_COUNT; i++) {
		if (!names[i].plain || identity_hex(&kv, names[i].hex, identity->match[i]))
			continue;
		pair = kv_find(&kv, names[i].plain);
		if (i == MATCH_PRODUCT && !(pair && pair->len))
			pair = kv_find(&kv, "type");
		if (pair)
			identity_copy(identity->match[i], pair->value, pair->len);
	}
	pair = kv_find(&kv, "mac");
	if (pair && strlen(pair->value) == pair->len &&
	    mac_derive(&err, pair->value, identity->mac) == 0) {
		identity->has_mac = 1;
		mac_format(identity->mac, identity->match[MATCH_MAC]);
	}
	pair = kv_find(&kv, "dry");
	identity->dry = pair && strcmp(pair->value, "1") == 0;
	identity_address(&kv, "ip", identity->ip);
	identity_address(&kv, "netmask", identity->netmask);
	identity_address(&kv, "gateway", identity->gateway);
	identity->prefix = identity_prefix(identity->netmask);
	identity_six(identity, &kv);
	snprintf(identity->match[MATCH_CLIENT], sizeof(identity->match[MATCH_CLIENT]), "%s",
	    identity->ip);
}
