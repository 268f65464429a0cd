/* SPDX-License-Identifier: MIT */
/*
 * identity: what a machine says of itself in a boot request, bounded but otherwise as it came: any
 * byte but NUL may be in match[] (they are for globs and for the journal, which escapes). Text for a
 * script goes through script.h's sanitising.
 */
#ifndef LASTWORDS_CGI_BOOT_IDENTITY_H
#define LASTWORDS_CGI_BOOT_IDENTITY_H

#include <stdint.h>

#include "config/config.h"

enum { IDENTITY_MAX = 128 }; /* bytes of one field; SMBIOS strings are rarely over 64 */

struct identity {
	int has_mac;
	uint8_t mac[6];
	/* match[MATCH_MAC] is 52:54:00:a1:b2:c3 or ""; the others "" where absent. */
	/* match[MATCH_CLIENT] is ip. */
	char match[MATCH_COUNT][IDENTITY_MAX + 1];
	/*
	 * IPv4 or IPv6 addresses in text, checked; "" where absent or wrong. A machine that has no IPv4
	 * address has ip6, gateway6, prefix6 in ip, gateway, prefix as well.
	 */
	char ip[46], netmask[46], gateway[46];
	int prefix; /* of netmask, 0 to 32; -1 unknown */
	/* A global or unique local address (RFC 4291, 4193), its router, perhaps link-local, and 1 to 127, -1 unknown. */
	char ip6[46], gateway6[46];
	int prefix6;
	int dry; /* dry=1: asks only what a machine would get (decide.h) */
};

/*
 * Reads a query string (NUL-terminated; only the first REQUEST_QUERY_MAX bytes count). FIELD as hex
 * (FIELDhex, what iPXE's :hexraw sends) wins over FIELD; type= is the older word for product=.
 * Surrounding white space, common in SMBIOS, is dropped. Never fails.
 */
void identity_read(struct identity *identity, const char *query);

#endif
