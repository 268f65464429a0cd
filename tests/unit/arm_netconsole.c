/* SPDX-License-Identifier: MIT */
/* netconsole: the module's parameter, what it is made from, and how netconsole is started. */
#include "arm/netconsole.h"

#include "tap.h"

static struct netconsole_target target;
static struct netconsole_server server;

static void param_is(const char *want, const char *name)
{
	char out[NETCONSOLE_PARAM_MAX];
	struct err err = {""};

	is(netconsole_param(&err, &target, &server, out) ? NULL : out, want, name);
}

/* netconsole in the kernel or not, ours or not, its module in the overlay or not */
static void test_way(void)
{
	static const struct {
		const char *name;
		int in_kernel, ours, have;
		enum netconsole_way way;
	} ways[] = {
	    {"a module that is not loaded: load it", 0, 0, 1, NETCONSOLE_MODULE},
	    {"a module of ours that is gone: load it", 0, 1, 1, NETCONSOLE_MODULE},
	    {"a module loaded by us: reload it", 1, 1, 1, NETCONSOLE_RELOAD},
	    {"a module loaded by the OS: configfs", 1, 0, 1, NETCONSOLE_CONFIGFS},
	    {"netconsole built in: configfs", 1, 0, 0, NETCONSOLE_CONFIGFS},
	    {"netconsole built in and started early: configfs", 1, 1, 0, NETCONSOLE_CONFIGFS},
	    {"no netconsole: no way", 0, 0, 0, NETCONSOLE_NONE},
	    {"netconsole of ours gone, no module: no way", 0, 1, 0, NETCONSOLE_NONE},
	};
	static const struct {
		const char *release;
		int extended;
	} kernels[] = {{"2.6.32-754.el6.x86_64", 0}, {"3.10.0-1160.el7", 0}, {"4.3.6", 0},
	    {"4.4.0-210-generic", 1}, {"4.19.0-27-amd64", 1}, {"5.10.0-33-amd64", 1},
	    {"6.1.0-56-amd64", 1}, {"6.12.48", 1}, {"10.0", 1}, {"", 1}, {"x", 1}, {"4", 1},
	    {"4.", 1}, {"99999999999.1", 1}, {"4.99999999999", 1}};

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		is_num(netconsole_choose_way(ways[i].in_kernel, ways[i].ours, ways[i].have),
		    ways[i].way, ways[i].name);
	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++)
		ok(netconsole_is_extended(kernels[i].release) == kernels[i].extended,
		    "kernel \"%s\": extended format %s", kernels[i].release,
		    kernels[i].extended ? "yes" : "no");
}

int main(void)
{
	static const uint8_t mac[6] = {0x52, 0x55, 0x0a, 0, 2, 2};
	struct err err = {""};

	is_num(netconsole_parse_server(&err, "10.0.2.2:6666", "extended", &server), 0,
	    "an address and a port are taken");
	is_num(server.port, 6666, "the port is read");
	target.index = 2;
	snprintf(target.name, sizeof(target.name), "enp0s3");
	ip_parse("10.0.2.15", &target.source);
	memcpy(target.mac, mac, 6);
	param_is("netconsole=+6665@10.0.2.15/enp0s3,6666@10.0.2.2/52:55:0a:00:02:02",
	    "a parameter with the extended format");
	netconsole_parse_server(&err, "10.0.2.2:6666", "basic", &server);
	param_is("netconsole=6665@10.0.2.15/enp0s3,6666@10.0.2.2/52:55:0a:00:02:02",
	    "a parameter with the basic format");
	ip_parse("fd00::15", &target.source);
	netconsole_parse_server(&err, "[fd00::1]:6666", "extended", &server);
	param_is("netconsole=+6665@fd00::15/enp0s3,6666@fd00::1/52:55:0a:00:02:02",
	    "a parameter with IPv6 addresses");
	snprintf(target.name, sizeof(target.name), "%s", "012345678901234");
	ip_parse("fd00:1111:2222:3333:4444:5555:6666:7777", &target.source);
	netconsole_parse_server(
	    &err, "[fd00:1111:2222:3333:4444:5555:6666:8888]:65535", "extended", &server);
	ok(netconsole_param(&err, &target, &server, (char[NETCONSOLE_PARAM_MAX]){""}) == 0,
	    "the longest parameter fits");
	snprintf(target.name, sizeof(target.name), "%s", "a,b");
	param_is(NULL, "an interface name with a comma is refused");
	snprintf(target.name, sizeof(target.name), "eth0");
	memset(target.mac, 0xff, 6);
	param_is(NULL, "the broadcast MAC is refused");
	memset(target.mac, 0, 6);
	param_is(NULL, "a MAC of zeros is refused");
	target.mac[0] = 1;
	param_is(NULL, "a multicast MAC is refused");

	is_num(netconsole_parse_server(&err, "10.0.2.2", "", &server), -1,
	    "a target without port is refused");
	is_num(netconsole_parse_server(&err, "10.0.2.2:0", "", &server), -1,
	    "a target with port 0 is refused");
	is_num(netconsole_parse_server(&err, "10.0.2.2:66666", "", &server), -1,
	    "a target with port 66666 is refused");
	is_num(netconsole_parse_server(&err, "host:6666", "", &server), -1,
	    "a target with a name is refused");
	is_num(netconsole_parse_server(&err, "[fd00::1]:6666", "", &server), 0,
	    "a target with an IPv6 address is taken");
	is_num(netconsole_parse_server(&err, "fd00::1:6666", "", &server), -1,
	    "an IPv6 address without brackets is refused");
	is_num(netconsole_parse_server(&err, ":6666", "", &server), -1,
	    "a target without address is refused");
	is_num(netconsole_parse_server(&err, "10.0.2.2:6666", "json", &server), -1,
	    "an unknown format is refused");
	is_num(netconsole_parse_server(&err, "10.0.2.2:6666", "", &server), 0,
	    "a target without format is taken");
	is_num(server.extended, 1, "a target without format is extended");

	test_way();
	return tap_done();
}
