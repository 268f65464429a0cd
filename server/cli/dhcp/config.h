/* SPDX-License-Identifier: MIT */
/*
 * config: the values of ipxe/(dnsmasq|dnsmasq6|dnsmasq-proxy|dhcpd).conf.in for one server. Pure.
 *
 *   SERVER    this server's IPv4 address (dnsmasq6: IPv6), also TFTP server and router
 *   URL       http://HOST:PORT without trailing slash
 *   NETWORK, NETMASK   of the server's subnet
 *   FIRST, LAST        addresses to give out: the half of the subnet without the server; 65,536 of IPv6
 *   FIRMWARE  directory of the boot files; BIOS, UEFI, UEFIARM: those files in it (host/firmware.h)
 */
#ifndef LASTWORDS_CLI_DHCP_CONFIG_H
#define LASTWORDS_CLI_DHCP_CONFIG_H

#include <stdint.h>

#include "base/err.h"
#include "base/ip.h"
#include "cli/host/firmware.h"
#include "cli/host/template.h"

enum { DHCP_CONFIG_VALUES = 11 };

struct dhcp_config {
	char server[IP_TEXT], network[IP_TEXT], netmask[16], first[IP_TEXT], last[IP_TEXT],
	    url[300];
	struct template_value values[DHCP_CONFIG_VALUES]; /* point into this and at firmware */
};

/*
 * address and mask in host byte order, port 1 to 65535; url as the configuration has it ("": made
 * from address and port). -1: invalid netmask, or a subnet of less than 8 addresses.
 */
int dhcp_config_make(struct err *err, uint32_t address, uint32_t mask, int port, const char *url,
    const struct firmware *firmware, struct dhcp_config *out);
/* The same for an IPv6 address, whose subnet has 64 bits, as router advertisements want it. NETMASK is "". */
int dhcp_config_make_six(struct err *err, const struct in6_addr *address, int port, const char *url,
    const struct firmware *firmware, struct dhcp_config *out);

#endif
