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
		return err_set(err,
		    "%s has no IPv4 address; DHCP and TFTP need one (for IPv6: dhcp-config dnsmasq6)",
		    host);
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

/* The bits of a netmask. */
static int dhcp_bits(const struct in6_addr *mask)
{
	int bits = 0;

	while (bits < 128 && mask->s6_addr[bits / 8] & 0x80 >> bits % 8)
		bits++;
	return bits;
}

/* As dhcp_subnet, of IPv6: *assumed 1 if the address is not of this machine. */
static int dhcp_subnet_six(struct err *err, struct in6_addr *address, int *assumed)
{
	struct ifaddrs *all = NULL;
	int count = 0, bits = 64, any = ip_is_none(address);
	char text[IP_TEXT];

	*assumed = !any;
	if (getifaddrs(&all))
		return err_errno(err, "this machine's addresses");
	for (const struct ifaddrs *a = all; a; a = a->ifa_next) {
		const void *at = a->ifa_addr, *mask = a->ifa_netmask;
		struct in6_addr has;

		if (!at || !mask || a->ifa_addr->sa_family != AF_INET6 ||
		    a->ifa_flags & IFF_LOOPBACK || !(a->ifa_flags & IFF_UP))
			continue;
		has = ((const struct sockaddr_in6 *)at)->sin6_addr;
		if (ip_is_link_local(&has) || (!any && !ip_is_same(&has, address)))
			continue;
		*address = has;
		*assumed = 0;
		bits = dhcp_bits(&((const struct sockaddr_in6 *)mask)->sin6_addr);
		count++;
	}
	freeifaddrs(all);
	if (any && count != 1)
		return err_set(err,
		    count
			? "this machine has %d IPv6 addresses; set url to the one that machines boot from"
			: "this machine has no IPv6 address; set url, such as http://[fd00::1]:8080",
		    count);
	if (bits != 64)
		return err_set(err,
		    "%s is in a subnet of %d bits; router advertisements need one of 64",
		    ip_text(address, text), bits);
	return 0;
}

static int dhcp_here_six(struct err *err, const struct config *config, const char *host, int port,
    struct dhcp_config *dhcp, const struct firmware *firmware, int *assumed)
{
	struct in6_addr address = {0};
	char text[64];

	if (host[0] && strcmp(host, "0.0.0.0") != 0 && strcmp(host, "::") != 0) {
		if (host_resolve(err, host, AF_INET6, text) || ip_parse(text, &address) ||
		    ip_is_four(&address))
			return err_set(err,
			    "%s has no IPv6 address; set url, such as http://[fd00::1]:8080", host);
		if (IN6_IS_ADDR_LOOPBACK(&address) || ip_is_link_local(&address))
			return err_set(err, "machines cannot reach %s; set listen or url", host);
	}
	if (dhcp_subnet_six(err, &address, assumed) ||
	    dhcp_config_make_six(err, &address, port, config->url, firmware, dhcp))
		return -1;
	if (config->tls.only && !config->url[0])
		snprintf(dhcp->url, sizeof(dhcp->url), "https://[%s]:%d", dhcp->server, port);
	return 0;
}

int dhcp_here(struct err *err, const struct config *config, int family, struct dhcp_config *dhcp,
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
	firmware_find(config, firmware);
	if (family == AF_INET6)
		return dhcp_here_six(err, config, host, port, dhcp, firmware, assumed);
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
	if (dhcp_config_make(err, address, mask, port, config->url, firmware, dhcp))
		return -1;
	if (config->tls.only && !config->url[0])
		snprintf(dhcp->url, sizeof(dhcp->url), "https://%s:%u", dhcp->server, port);
	return 0;
}
