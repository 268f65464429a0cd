/* SPDX-License-Identifier: MIT */
/* ip: addresses of both families as 16 bytes: text, bytes, socket addresses. */
#include "base/ip.h"

#include <string.h>

#include "tap.h"

int main(void)
{
	static const char *const good[] = {
	    "10.0.2.15", "0.0.0.1", "fd00::1", "fe80::1", "2001:db8::ff00:42:8329"};
	static const char *const bad[] = {
	    "", "10.0.2", "10.0.2.256", "fd00::1%eth0", "[fd00::1]", "fd00:::1", "host", "::"};
	struct sockaddr_storage to;
	struct in6_addr ip, other;
	char text[IP_TEXT];
	size_t len;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		is_num(ip_parse(good[i], &ip), 0, good[i]);
		is(ip_text(&ip, text), good[i], "its text is the same");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int rc = ip_parse(bad[i], &ip);

		ok((rc == -1 || i == 7) && ip_is_none(&ip), "\"%s\" is no address", bad[i]);
	}
	is(ip_text(&ip, text), "", "none has no text");
	ip_parse("10.0.2.15", &ip);
	ok(ip_is_four(&ip) && ip_family(&ip) == AF_INET && !ip_is_link_local(&ip),
	    "IPv4 is known as such");
	ok(memcmp(ip_bytes(&ip, &len), "\x0a\0\x02\x0f", 4) == 0 && len == 4,
	    "IPv4 has four bytes");
	ip_from_bytes("\x0a\0\x02\x0f", 4, &other);
	ok(ip_is_same(&ip, &other), "made of them it is the same");
	ip_parse("::ffff:10.0.2.15", &other);
	ok(ip_is_same(&ip, &other), "and the same as its mapped form");
	is_num(ip_socket(&ip, 9, 3, &to), sizeof(struct sockaddr_in), "its socket address");
	is_num(ntohs(((struct sockaddr_in *)&to)->sin_port), 9, "with the port");
	ip_parse("fe80::1", &ip);
	ok(!ip_is_four(&ip) && ip_family(&ip) == AF_INET6 && ip_is_link_local(&ip),
	    "a link-local one");
	ip_socket(&ip, 9, 3, &to);
	is_num(((struct sockaddr_in6 *)&to)->sin6_scope_id, 3, "has its interface as scope");
	ip_parse("fd00::1", &ip);
	ip_socket(&ip, 9, 3, &to);
	is_num(((struct sockaddr_in6 *)&to)->sin6_scope_id, 0, "another has none");
	ip_from_bytes(&ip, 5, &other);
	ok(ip_is_none(&other), "five bytes are no address");
	return tap_done();
}
