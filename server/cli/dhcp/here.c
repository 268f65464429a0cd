/* SPDX-License-Identifier: MIT */
/* here: the values for this machine; see here.h. */
#include "here.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "cli/host/host.h"

/* The IPv4 address of a host by name or number, in host byte order. 0/-1. */
static int dhcp_resolve(struct err *err, const char *host, uint32_t *address)
{
	struct in_addr in;
	char text[64];

	if (host_resolve(err, host, AF_INET, text))
		return err_set(err, "%s has no IPv4 address; DHCP and TFTP need one", host);
	inet_pton(AF_INET, text, &in);
	*address = ntohl(in.s_addr);
	return 0;
}

static uint32_t dhcp_of(const struct sockaddr *from)
{
	struct sockaddr_in in;

	memcpy(&in, from, sizeof(in));
	return ntohl(in.sin_addr.s_addr);
}

/*
 * The subnet of *address on this machine; with *address 0, of the one network card that has an
 * address. 0/-1.
 */
static int dhcp_subnet(struct err *err, uint32_t *address, uint32_t *mask)
{
	struct ifaddrs *all = NULL;
	int count = 0;

	*mask = 0;
	if (getifaddrs(&all))
		return err_errno(err, "this machine's addresses");
	for (const struct ifaddrs *a = all; a; a = a->ifa_next) {
		if (!a->ifa_addr || !a->ifa_netmask || a->ifa_addr->sa_family != AF_INET ||
		    a->ifa_flags & IFF_LOOPBACK || !(a->ifa_flags & IFF_UP))
			continue;
		if (*address == 0 || count > 0) {
			*address = dhcp_of(a->ifa_addr);
			*mask = dhcp_of(a->ifa_netmask);
			count++;
		} else if (dhcp_of(a->ifa_addr) == *address) {
			*mask = dhcp_of(a->ifa_netmask);
		}
	}
	freeifaddrs(all);
	if (count > 1)
		return err_set(err,
		    "this machine has %d addresses; set url to the one that machines boot from",
		    count);
	if (*address == 0)
		return err_set(err, "this machine has no IPv4 address; set url");
	return 0;
}

int dhcp_here(struct err *err, const struct config *config, struct dhcp_config *dhcp,
    struct firmware *firmware, int *assumed)
{
	char host[ADDRESS_HOST_MAX + 1] = "";
	uint32_t address = 0, mask;
	uint16_t port = 8080;

	if (address_split(err, config->tls.only ? config->tls.listen : config->listen, host, &port))
		return -1;
	if (config->url[0] && address_split_url(err, config->url, "http", host, &port, NULL) &&
	    address_split_url(err, config->url, "https", host, &port, NULL))
		return -1;
	if (strcmp(host, "0.0.0.0") != 0 && strcmp(host, "::") != 0 && host[0] &&
	    dhcp_resolve(err, host, &address))
		return -1;
	if (address >> 24 == 127)
		return err_set(err, "machines cannot reach %s; set listen or url", host);
	if (dhcp_subnet(err, &address, &mask))
		return -1;
	*assumed = mask == 0;
	if (*assumed)
		mask = 0xffffff00;
	firmware_find(config, firmware);
	if (dhcp_config_make(err, address, mask, port, config->url, firmware, dhcp))
		return -1;
	if (config->tls.only && !config->url[0])
		snprintf(dhcp->url, sizeof(dhcp->url), "https://%s:%u", dhcp->server, port);
	return 0;
}
