/* SPDX-License-Identifier: MIT */
/* address: hosts, ports and URLs are split as the header says, and nothing else is accepted. */
#include "base/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "tap.h"

static struct err err;
static char host[ADDRESS_HOST_MAX + 1];
static uint16_t port;

static void splits(const char *text, const char *want_host, int want_port)
{
	port = 7;
	ok(address_split(&err, text, host, &port) == 0 && strcmp(host, want_host) == 0 &&
		port == want_port,
	    "split: %s", text);
}

static void test_split(void)
{
	static const char *const wrong[] = {"", ":80", "a:", "a:0", "a:65536", "a:8x", "a b", "::1",
	    "[::1", "[::1]x", "[]:80", "[g::1]", "a/b", "a_b", "[10.0.0.1:80"};
	char text[300];

	splits("server:6666", "server", 6666);
	splits("10.77.0.1", "10.77.0.1", 7);
	splits("[fe80::1]:80", "fe80::1", 80);
	splits("[::ffff:10.0.0.1]", "::ffff:10.0.0.1", 7);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ok(address_split(&err, wrong[i], host, &port) == -1 && err.msg[0],
		    "not an address: \"%s\"", wrong[i]);
	memset(text, 'a', sizeof(text));
	text[ADDRESS_HOST_MAX] = '\0';
	ok(address_split(&err, text, host, &port) == 0, "a host of 253 bytes is accepted");
	text[ADDRESS_HOST_MAX] = 'a';
	text[ADDRESS_HOST_MAX + 1] = '\0';
	ok(address_split(&err, text, host, &port) == -1, "a host of 254 bytes is refused");
}

static void test_url(void)
{
	const char *path = NULL;

	port = 80;
	ok(address_split_url(&err, "http://[::1]:8080/a:b", "http", host, &port, &path) == 0 &&
		strcmp(host, "::1") == 0 && port == 8080,
	    "a URL with host, port and path is split");
	is(path, "/a:b", "the path of a URL begins with its slash");
	port = 80;
	ok(address_split_url(&err, "udp://log", "udp", host, &port, &path) == 0 && port == 80,
	    "a URL without a port leaves the port as it was");
	is(path, "", "a URL without a path gives an empty path");
	ok(address_split_url(&err, "http://a", "http", host, &port, NULL) == 0,
	    "a caller may have no use for the path");
	ok(address_split_url(&err, "https://a", "http", host, &port, NULL) == -1 &&
		address_split_url(&err, "http:/a", "http", host, &port, NULL) == -1 &&
		address_split_url(&err, "http", "http", host, &port, NULL) == -1 &&
		address_split_url(&err, "http://", "http", host, &port, NULL) == -1,
	    "another scheme, or no host, is refused");
}

static void test_numeric(void)
{
	struct sockaddr_storage address;
	const struct sockaddr_in *in = (const struct sockaddr_in *)&address;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&address;
	socklen_t len = 0;

	ok(address_numeric(&err, "10.0.2.15", 6666, &address, &len) == 0 &&
		in->sin_family == AF_INET && ntohs(in->sin_port) == 6666 && len == sizeof(*in) &&
		ntohl(in->sin_addr.s_addr) == 0x0a00020f,
	    "an IPv4 address becomes a socket address");
	ok(address_numeric(&err, "::1", 80, &address, &len) == 0 && in6->sin6_family == AF_INET6 &&
		ntohs(in6->sin6_port) == 80 && len == sizeof(*in6) &&
		in6->sin6_addr.s6_addr[15] == 1,
	    "an IPv6 address becomes a socket address");
	ok(address_numeric(&err, "server", 80, &address, &len) == -1 &&
		address_numeric(&err, "[::1]", 80, &address, &len) == -1,
	    "names and brackets are not numeric");
}

static void test_unix(void)
{
	struct sockaddr_un address;
	char path[sizeof(address.sun_path) + 1];

	memset(path, 'x', sizeof(path));
	path[sizeof(address.sun_path) - 1] = '\0';
	ok(address_unix(&err, path, &address) == 0 && address.sun_family == AF_UNIX &&
		strcmp(address.sun_path, path) == 0,
	    "a socket's path of 107 bytes is accepted");
	path[sizeof(address.sun_path) - 1] = 'x';
	path[sizeof(address.sun_path)] = '\0';
	ok(address_unix(&err, path, &address) == -1 && strstr(err.msg, "; "),
	    "one of 108 bytes is refused, with what to do");
}

int main(void)
{
	test_split();
	test_url();
	test_numeric();
	test_unix();
	return tap_done();
}
