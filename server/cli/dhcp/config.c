/* SPDX-License-Identifier: MIT */
/* config: the values of the DHCP snippets; see config.h. Pure. */
#include "config.h"

#include <stdio.h>
#include <string.h>

static void dhcp_text(uint32_t address, char *text)
{
	snprintf(text, 16, "%u.%u.%u.%u", address >> 24 & 255, address >> 16 & 255,
	    address >> 8 & 255, address & 255);
}

/* URL, and the table of values. 0/-1. */
static int dhcp_values(struct err *err, int port, const char *url, const struct firmware *firmware,
    struct dhcp_config *out)
{
	int six = strchr(out->server, ':') != NULL, n;

	if (url[0])
		n = snprintf(out->url, sizeof(out->url), "%s", url);
	else
		n = snprintf(out->url, sizeof(out->url), six ? "http://[%s]:%d" : "http://%s:%d",
		    out->server, port);
	if (n >= (int)sizeof(out->url))
		return err_set(err, "url is too long for a DHCP answer; shorten it");
	const struct template_value values[DHCP_CONFIG_VALUES] = {
	    {"SERVER", out->server},
	    {"URL", out->url},
	    {"NETWORK", out->network},
	    {"NETMASK", out->netmask},
	    {"FIRST", out->first},
	    {"LAST", out->last},
	    {"FIRMWARE", firmware->dir},
	    {"BIOS", firmware->bios},
	    {"UEFI", firmware->efi64},
	    {"UEFIARM", firmware->arm64},
	    {NULL, NULL},
	};
	memcpy(out->values, values, sizeof(values));
	return 0;
}

int dhcp_config_make(struct err *err, uint32_t address, uint32_t mask, int port, const char *url,
    const struct firmware *firmware, struct dhcp_config *out)
{
	uint32_t hosts = ~mask, half = hosts / 2 + 1, network = address & mask;
	uint32_t first = network + half, last = network + hosts - 1;

	if ((hosts & (hosts + 1)) != 0 || hosts < 7)
		return err_set(err,
		    "invalid netmask, or a subnet of less than 8 addresses; set url to another address");
	if (address >= first) {
		first = network + 1;
		last = network + half - 1;
	}
	memset(out, 0, sizeof(*out));
	dhcp_text(address, out->server);
	dhcp_text(network, out->network);
	dhcp_text(mask, out->netmask);
	dhcp_text(first, out->first);
	dhcp_text(last, out->last);
	return dhcp_values(err, port, url, firmware, out);
}

int dhcp_config_make_six(struct err *err, const struct in6_addr *address, int port, const char *url,
    const struct firmware *firmware, struct dhcp_config *out)
{
	/* the last 64 bits of the first and the last address */
	uint8_t host[8] = {0, 0, 0, 0, 0, 0x0d, 0, 0};
	struct in6_addr ip = *address;

	memset(out, 0, sizeof(*out));
	ip_text(address, out->server);
	memset(ip.s6_addr + 8, 0, 8);
	ip_text(&ip, out->network);
	if (memcmp(address->s6_addr + 8, host, 6) == 0)
		host[5]++;
	memcpy(ip.s6_addr + 8, host, 8);
	ip_text(&ip, out->first);
	memset(ip.s6_addr + 14, 0xff, 2);
	ip_text(&ip, out->last);
	return dhcp_values(err, port, url, firmware, out);
}
