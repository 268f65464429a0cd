/* SPDX-License-Identifier: MIT */
/* config: the values of the DHCP snippets; see config.h. Pure. */
#include "config.h"

#include <stdio.h>
#include <string.h>

static void dhcp_text(uint32_t address, char text[16])
{
	snprintf(text, 16, "%u.%u.%u.%u", address >> 24 & 255, address >> 16 & 255,
	    address >> 8 & 255, address & 255);
}

int dhcp_config_make(struct err *err, uint32_t address, uint32_t mask, int port, const char *url,
    const struct firmware *firmware, struct dhcp_config *out)
{
	uint32_t hosts = ~mask, half = hosts / 2 + 1, network = address & mask;
	uint32_t first = network + half, last = network + hosts - 1;
	int n;

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
	if (url[0])
		n = snprintf(out->url, sizeof(out->url), "%s", url);
	else
		n = snprintf(out->url, sizeof(out->url), "http://%s:%d", out->server, port);
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
