/* SPDX-License-Identifier: MIT */
/* dhcp_config: the values of the DHCP templates, by where the server is in its subnet. */
#include <string.h>

#include "cli/dhcp/config.h"
#include "tap.h"

static const char *value(const struct dhcp_config *dhcp, const char *name)
{
	for (const struct template_value *v = dhcp->values; v->name; v++)
		if (strcmp(v->name, name) == 0)
			return v->value;
	return NULL;
}

int main(void)
{
	const struct firmware firmware = {
	    .dir = "/f", .bios = "b", .efi64 = "sb/e", .arm64 = "sb/a"};
	struct dhcp_config dhcp;
	struct err err;

	ok(dhcp_config_make(&err, 0x0a4d0001, 0xffffff00, 8080, "", &firmware, &dhcp) == 0,
	    "a /24 is accepted");
	is(value(&dhcp, "SERVER"), "10.77.0.1", "SERVER is the server's address");
	is(value(&dhcp, "URL"), "http://10.77.0.1:8080", "URL is made from address and port");
	is(value(&dhcp, "NETWORK"), "10.77.0.0", "NETWORK is that of the address");
	is(value(&dhcp, "NETMASK"), "255.255.255.0", "NETMASK is dotted");
	is(value(&dhcp, "FIRST"), "10.77.0.128",
	    "a server in the lower half: FIRST is in the upper");
	is(value(&dhcp, "LAST"), "10.77.0.254", "a server in the lower half: LAST is in the upper");
	is(value(&dhcp, "FIRMWARE"), "/f", "FIRMWARE is the directory");
	is(value(&dhcp, "BIOS"), "b", "BIOS is the file for it");
	is(value(&dhcp, "UEFI"), "sb/e", "UEFI is the one of x86-64");
	is(value(&dhcp, "UEFIARM"), "sb/a", "UEFIARM is the one of arm64");
	ok(dhcp_config_make(
	       &err, 0x0a4dfffe, 0xffff0000, 80, "http://boot.example", &firmware, &dhcp) == 0,
	    "a /16 is accepted");
	is(value(&dhcp, "URL"), "http://boot.example", "URL is the configured one");
	is(value(&dhcp, "FIRST"), "10.77.0.1", "a server in the upper half: FIRST is in the lower");
	is(value(&dhcp, "LAST"), "10.77.127.255",
	    "a server in the upper half: LAST is in the lower");
	ok(dhcp_config_make(&err, 0x0a4d0001, 0xfffffff8, 80, "", &firmware, &dhcp) == 0,
	    "a /29 is accepted");
	is(value(&dhcp, "FIRST"), "10.77.0.4", "FIRST in a subnet of 8 addresses");
	is(value(&dhcp, "LAST"), "10.77.0.6", "LAST in a subnet of 8 addresses");
	ok(dhcp_config_make(&err, 0x0a4d0001, 0xfffffffc, 80, "", &firmware, &dhcp) == -1,
	    "a subnet of 4 addresses is refused");
	ok(dhcp_config_make(&err, 0x0a4d0001, 0xff00ff00, 80, "", &firmware, &dhcp) == -1,
	    "a netmask with a hole is refused");
	struct in6_addr six;

	ip_parse("fd00:77::1", &six);
	ok(dhcp_config_make_six(&err, &six, 8080, "", &firmware, &dhcp) == 0, "IPv6");
	is(value(&dhcp, "URL"), "http://[fd00:77::1]:8080", "IPv6: the URL has brackets");
	is(value(&dhcp, "NETWORK"), "fd00:77::", "IPv6: the network");
	is(value(&dhcp, "FIRST"), "fd00:77::d:0", "IPv6: the first address");
	is(value(&dhcp, "LAST"), "fd00:77::d:ffff", "IPv6: the last one");
	ip_parse("fd00:77::d:5", &six);
	dhcp_config_make_six(&err, &six, 8080, "", &firmware, &dhcp);
	is(value(&dhcp, "FIRST"), "fd00:77::e:0", "IPv6: the server is in none of them");
	return tap_done();
}
