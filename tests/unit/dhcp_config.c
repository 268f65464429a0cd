/* SPDX-License-Identifier: MIT */
/* dhcp_config: the values of the DHCP snippets for servers anywhere in their subnets. */
#include <string.h>

#include "cli/dhcp_config.h"
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
	struct dhcp_config dhcp;
	struct err err;

	ok(dhcp_config_make(&err, 0x0a4d0001, 0xffffff00, 8080, "", "/f", &dhcp) == 0, "a /24");
	is(value(&dhcp, "SERVER"), "10.77.0.1", "server");
	is(value(&dhcp, "URL"), "http://10.77.0.1:8080", "url of address and port");
	is(value(&dhcp, "NETWORK"), "10.77.0.0", "network");
	is(value(&dhcp, "NETMASK"), "255.255.255.0", "mask");
	is(value(&dhcp, "FIRST"), "10.77.0.128", "upper half: first");
	is(value(&dhcp, "LAST"), "10.77.0.254", "upper half: last");
	is(value(&dhcp, "FIRMWARE"), "/f", "firmware");
	ok(dhcp_config_make(&err, 0x0a4dfffe, 0xffff0000, 80, "http://boot.example", "/f", &dhcp) ==
		0,
	    "a /16, the server at its end");
	is(value(&dhcp, "URL"), "http://boot.example", "url as configured");
	is(value(&dhcp, "FIRST"), "10.77.0.1", "lower half: first");
	is(value(&dhcp, "LAST"), "10.77.127.255", "lower half: last");
	ok(dhcp_config_make(&err, 0x0a4d0001, 0xfffffff8, 80, "", "/f", &dhcp) == 0, "a /29");
	is(value(&dhcp, "FIRST"), "10.77.0.4", "of 8 addresses: first");
	is(value(&dhcp, "LAST"), "10.77.0.6", "of 8 addresses: last");
	ok(dhcp_config_make(&err, 0x0a4d0001, 0xfffffffc, 80, "", "/f", &dhcp) == -1,
	    "a /30 is none");
	ok(dhcp_config_make(&err, 0x0a4d0001, 0xff00ff00, 80, "", "/f", &dhcp) == -1,
	    "a mask with a hole is none");
	return tap_done();
}
