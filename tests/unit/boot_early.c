/* SPDX-License-Identifier: MIT */
/*
 * boot_early: netconsole on the kernel's command line: basic and extended, who the next hop is, which
 * MACs are taken, and what cannot be had.
 */
#include "cgi/boot/early.h"

#include <string.h>

#include "tap.h"

static struct config_profile profile;
static struct identity identity;

static void machine(const char *query)
{
	identity_read(&identity, query);
}

static void param_is(const char *target, const char *want, const char *name)
{
	static const uint8_t mac[6] = {0x52, 0x54, 0, 0x12, 0x34, 0x56};
	char out[EARLY_MAX];
	struct err err;

	is(early_param(&err, &profile, &identity, target, mac, out) ? NULL : out, want, name);
}

static void hop_is(const char *target, const char *want, const char *name)
{
	char hop[46];

	early_hop(&identity, target, hop);
	is(hop, want, name);
}

static void test_param(void)
{
	profile.netconsole = FORMAT_EXTENDED;
	profile.netconsole_device = "eth0";
	machine("ip=10.0.2.15&netmask=255.255.255.0&gateway=10.0.2.2");
	param_is("10.0.2.2:6666",
	    " netconsole=+6665@10.0.2.15/eth0,6666@10.0.2.2/52:54:00:12:34:56 loglevel=8 "
	    "net.ifnames=0",
	    "extended");
	profile.netconsole = FORMAT_BASIC;
	profile.netconsole_device = "enp0s31f6.4094";
	param_is("10.0.2.2:514",
	    " netconsole=6665@10.0.2.15/enp0s31f6.4094,514@10.0.2.2/52:54:00:12:34:56 loglevel=8 "
	    "net.ifnames=0",
	    "basic, on a VLAN's device");
	param_is("boot.example:6666", NULL, "a name is no target");
	param_is("[fd00::1]:6666", NULL, "nor IPv6 for a machine without");
	param_is("10.0.2.2", NULL, "nor what has no port");
	param_is("", NULL, "nor nothing");
	machine("mac=52-54-00-00-00-01");
	param_is("10.0.2.2:6666", NULL, "a machine without an address");
	machine("ip6=fd00::15");
	param_is("10.0.2.2:6666", NULL, "one with IPv6");
	param_is("[fd00::1]:6666",
	    " netconsole=6665@fd00::15/enp0s31f6.4094,6666@fd00::1/52:54:00:12:34:56 loglevel=8 "
	    "net.ifnames=0",
	    "one with IPv6 to IPv6, without brackets");
	machine("ip6=fd00:1111:2222:3333:4444:5555:6666:7777");
	profile.netconsole_device = "012345678901234";
	param_is("[fd00:1111:2222:3333:4444:5555:6666:8888]:65535",
	    " netconsole=6665@fd00:1111:2222:3333:4444:5555:6666:7777/012345678901234,65535@fd00:1111:"
	    "2222:3333:4444:5555:6666:8888/52:54:00:12:34:56 loglevel=8 net.ifnames=0",
	    "the longest of IPv6 fits");
	machine("ip=255.255.255.255");
	profile.netconsole_device = "012345678901234";
	profile.netconsole = FORMAT_EXTENDED;
	param_is("255.255.255.255:65535",
	    " netconsole=+6665@255.255.255.255/012345678901234,65535@255.255.255.255/"
	    "52:54:00:12:34:56 loglevel=8 net.ifnames=0",
	    "the longest fits");
}

static void test_hop(void)
{
	machine("ip=10.0.2.15&netmask=255.255.255.0&gateway=10.0.2.1");
	hop_is("10.0.2.2:6666", "10.0.2.2", "in the subnet: the target itself");
	hop_is("10.0.3.2:6666", "10.0.2.1", "outside: the gateway");
	machine("ip=10.0.2.15&netmask=255.255.254.0&gateway=10.0.2.1");
	hop_is("10.0.3.2:6666", "10.0.3.2", "a wider subnet");
	machine("ip=10.0.2.15&gateway=10.0.2.1");
	hop_is("10.0.2.2:6666", "10.0.2.1", "no netmask: the gateway can do it too");
	machine("ip=10.0.2.15&netmask=255.255.255.255&gateway=10.0.2.1");
	hop_is("10.0.2.2:6666", "10.0.2.1", "a netmask of all: the gateway");
	machine("ip=10.0.2.15&netmask=255.255.255.0");
	hop_is("10.0.3.2:6666", "", "no gateway, no way");
	machine("gateway=10.0.2.1");
	hop_is("10.0.2.2:6666", "", "no address");
	machine("ip=10.0.2.15&netmask=255.255.255.0&gateway=fd00::1");
	hop_is("10.0.3.2:6666", "", "an IPv6 gateway is not used");
	machine("ip6=fd00::15&len6=64&gateway6=fe80::1&ip=10.0.2.15");
	hop_is("[fd00::ffff:1]:6666", "fd00::ffff:1", "IPv6, on the link: the target itself");
	hop_is("[fd00:1::1]:6666", "fe80::1", "IPv6, elsewhere: the router");
	machine("ip6=fd00::15&gateway6=fe80::1");
	hop_is("[fd00::1]:6666", "fe80::1", "IPv6 without a prefix: the router");
}

static void test_mac(void)
{
	static const uint8_t all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	uint8_t mac[6];

	is_num(early_mac("", mac), 0, "no MAC is given");
	ok(early_mac("52:54:00:12:34:56", mac) && mac[5] == 0x56, "one is");
	ok(early_mac("broadcast", mac) && memcmp(mac, all, 6) == 0,
	    "broadcast, where it is asked for");
	is_num(early_mac("ff:ff:ff:ff:ff:ff", mac), 0, "not otherwise");
	is_num(early_mac("01:00:5e:00:00:01", mac), 0, "nor multicast");
}

int main(void)
{
	test_param();
	test_hop();
	test_mac();
	return tap_done();
}
