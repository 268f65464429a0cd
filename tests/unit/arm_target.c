/* SPDX-License-Identifier: MIT */
/* arm_target: netconsole's parameter and what it is made from. */
#include "arm/target.h"

#include <arpa/inet.h>

#include "tap.h"

static struct arm_target target;
static struct arm_server server;

static void param_is(const char *want, const char *name)
{
	char out[ARM_PARAM_MAX];
	struct err err = {""};

	is(arm_target_param(&err, &target, &server, out) ? NULL : out, want, name);
}

static void mac_is(const char *text, int want, const char *name)
{
	uint8_t mac[6];

	is_num(arm_mac_parse(text, mac), want, name);
}

/* facts of the built-in/module matrix: netconsole in the kernel or not, ours or not, .ko there or not */
static void test_way(void)
{
	static const struct {
		const char *name;
		int in_kernel, ours, have;
		enum arm_way way;
	} ways[] = {
	    {"module, not loaded", 0, 0, 1, ARM_WAY_MODULE},
	    {"module, gone again", 0, 1, 1, ARM_WAY_MODULE},
	    {"loaded by us", 1, 1, 1, ARM_WAY_RELOAD},
	    {"loaded by the OS", 1, 0, 1, ARM_WAY_CONFIGFS},
	    {"built in", 1, 0, 0, ARM_WAY_CONFIGFS},
	    {"built in, early by our command line", 1, 1, 0, ARM_WAY_CONFIGFS},
	    {"not there", 0, 0, 0, ARM_WAY_NONE},
	    {"not there any more", 0, 1, 0, ARM_WAY_NONE},
	};
	static const struct {
		const char *release;
		int extended;
	} kernels[] = {{"2.6.32-754.el6.x86_64", 0}, {"3.10.0-1160.el7", 0}, {"4.3.6", 0},
	    {"4.4.0-210-generic", 1}, {"4.19.0-27-amd64", 1}, {"5.10.0-33-amd64", 1},
	    {"6.1.0-56-amd64", 1}, {"6.12.48", 1}, {"10.0", 1}, {"", 1}, {"x", 1}, {"4", 1},
	    {"4.", 1}, {"99999999999.1", 1}, {"4.99999999999", 1}};

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		is_num(arm_target_way(ways[i].in_kernel, ways[i].ours, ways[i].have), ways[i].way,
		    ways[i].name);
	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++)
		is_num(arm_release_extended(kernels[i].release), kernels[i].extended,
		    kernels[i].release);
}

int main(void)
{
	static const uint8_t mac[6] = {0x52, 0x55, 0x0a, 0, 2, 2};
	struct err err = {""};
	uint32_t address;

	is_num(arm_server_parse(&err, "10.0.2.2:6666", "extended", &server), 0, "server");
	is_num(server.port, 6666, "port");
	target.index = 2;
	snprintf(target.name, sizeof(target.name), "enp0s3");
	target.source = inet_addr("10.0.2.15");
	memcpy(target.mac, mac, 6);
	param_is("netconsole=+6665@10.0.2.15/enp0s3,6666@10.0.2.2/52:55:0a:00:02:02", "extended");
	arm_server_parse(&err, "10.0.2.2:6666", "basic", &server);
	param_is("netconsole=6665@10.0.2.15/enp0s3,6666@10.0.2.2/52:55:0a:00:02:02", "basic");
	snprintf(target.name, sizeof(target.name), "%s", "012345678901234");
	target.source = inet_addr("255.255.255.255");
	ok(arm_target_param(&err, &target, &server, (char[ARM_PARAM_MAX]){""}) == 0,
	    "longest fits");
	snprintf(target.name, sizeof(target.name), "%s", "a,b");
	param_is(NULL, "a name with a comma");
	snprintf(target.name, sizeof(target.name), "eth0");
	memset(target.mac, 0xff, 6);
	param_is(NULL, "never to the broadcast MAC");
	memset(target.mac, 0, 6);
	param_is(NULL, "never to no MAC");
	target.mac[0] = 1;
	param_is(NULL, "never to a multicast MAC");

	is_num(arm_server_parse(&err, "10.0.2.2", "", &server), -1, "no port");
	is_num(arm_server_parse(&err, "10.0.2.2:0", "", &server), -1, "port 0");
	is_num(arm_server_parse(&err, "10.0.2.2:66666", "", &server), -1, "port 66666");
	is_num(arm_server_parse(&err, "host:6666", "", &server), -1, "a name");
	is_num(arm_server_parse(&err, ":6666", "", &server), -1, "no address");
	is_num(arm_server_parse(&err, "10.0.2.2:6666", "json", &server), -1, "no such format");
	is_num(arm_server_parse(&err, "10.0.2.2:6666", "", &server), 0, "no format");
	is_num(server.extended, 1, "is extended");

	is_num(arm_url_address(&err, "http://10.77.0.1:8080", &address), 0, "url");
	ok(address == inet_addr("10.77.0.1"), "its address");
	is_num(arm_url_address(&err, "http://10.77.0.1", &address), 0, "url without port");
	is_num(arm_url_address(&err, "http://10.77.0.1/x", &address), 0, "url with path");
	is_num(arm_url_address(&err, "http://boot.example:80", &address), -1, "url with a name");
	is_num(arm_url_address(&err, "10.77.0.1", &address), -1, "no url");

	mac_is("52:54:00:a1:b2:c3", 0, "mac");
	mac_is("52:54:00:A1:B2:C3", 0, "mac in upper case");
	mac_is("52:54:00:a1:b2:c", -1, "a short mac");
	mac_is("52:54:00:a1:b2:c3:d4", -1, "a long mac");
	mac_is("52-54-00-a1-b2-c3", -1, "other separators");
	mac_is("52:54:00:a1:b2:g3", -1, "no hex");
	mac_is("ff:ff:ff:ff:ff:ff", -1, "broadcast");
	mac_is("00:00:00:00:00:00", -1, "zero");
	mac_is("", -1, "empty");
	test_way();
	return tap_done();
}
