/* SPDX-License-Identifier: MIT */
/* ip: an IPv4 or IPv6 address as 16 bytes; see ip.h. Pure. */
#include "ip.h"

#include <arpa/inet.h>
#include <string.h>

int ip_parse(const char *text, struct in6_addr *ip)
{
	struct in_addr four;

	if (inet_pton(AF_INET, text, &four) == 1) {
		ip_from_bytes(&four, sizeof(four), ip);
		return 0;
	}
	if (inet_pton(AF_INET6, text, ip) == 1)
		return 0;
	memset(ip, 0, sizeof(*ip));
	return -1;
}

const char *ip_text(const struct in6_addr *ip, char text[IP_TEXT])
{
	size_t len;
	const uint8_t *bytes = ip_bytes(ip, &len);

	if (ip_is_none(ip) || !inet_ntop(ip_family(ip), bytes, text, IP_TEXT))
		text[0] = '\0';
	return text;
}

int ip_is_none(const struct in6_addr *ip)
{
	return IN6_IS_ADDR_UNSPECIFIED(ip);
}

int ip_is_four(const struct in6_addr *ip)
{
	return IN6_IS_ADDR_V4MAPPED(ip);
}

int ip_is_link_local(const struct in6_addr *ip)
{
	return IN6_IS_ADDR_LINKLOCAL(ip);
}

int ip_is_same(const struct in6_addr *a, const struct in6_addr *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

int ip_family(const struct in6_addr *ip)
{
	return ip_is_four(ip) ? AF_INET : AF_INET6;
}

const uint8_t *ip_bytes(const struct in6_addr *ip, size_t *len)
{
	*len = ip_is_four(ip) ? 4 : 16;
	return ip->s6_addr + 16 - *len;
}

void ip_from_bytes(const void *bytes, size_t len, struct in6_addr *ip)
{
	memset(ip, 0, sizeof(*ip));
	if (len == 16)
		memcpy(ip->s6_addr, bytes, 16);
	if (len != 4)
		return;
	memset(ip->s6_addr + 10, 0xff, 2);
	memcpy(ip->s6_addr + 12, bytes, 4);
}

socklen_t ip_socket(
    const struct in6_addr *ip, uint16_t port, unsigned scope, struct sockaddr_storage *out)
{
	struct sockaddr_in *in = (struct sockaddr_in *)out;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof(*out));
	if (ip_is_four(ip)) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		memcpy(&in->sin_addr, ip->s6_addr + 12, 4);
		return sizeof(*in);
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	in6->sin6_addr = *ip;
	if (ip_is_link_local(ip))
		in6->sin6_scope_id = scope;
	return sizeof(*in6);
}
