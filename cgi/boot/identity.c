/* SPDX-License-Identifier: MIT */
/* identity: what a machine says of itself; see identity.h. Pure. */
#include "identity.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "base/kv.h"
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
	snprintf(identity->match[MATCH_CLIENT], sizeof(identity->match[MATCH_CLIENT]), "%s",
	    identity->ip);
	identity->prefix = identity_prefix(identity->netmask);
}
