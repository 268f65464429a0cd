/* SPDX-License-Identifier: MIT */
/* early: netconsole from the kernel's command line; see early.h. */
#include "early.h"

#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "base/ip.h"
#include "base/num.h"
#include "boot/command_line.h"
#include "session_archive.h"

/* Its address and port; -1: not IPV4:PORT or [IPV6]:PORT. */
static int early_target(const char *target, struct in6_addr *address, char host[46], uint16_t *port)
{
	char name[ADDRESS_HOST_MAX + 1];
	struct err err;

	*port = 0;
	if (address_split(&err, target, name, port) || *port == 0 || ip_parse(name, address) ||
	    ip_is_none(address))
		return -1;
	ip_text(address, host);
	return 0;
}

/* The machine's address of the target's family, "" if it has none. */
static const char *early_source(const struct identity *identity, const struct in6_addr *to)
{
	struct in6_addr own;

	if (!ip_is_four(to))
		return identity->ip6;
	return ip_parse(identity->ip, &own) == 0 && ip_is_four(&own) ? identity->ip : "";
}

int early_mac(const char *text, uint8_t mac[6])
{
	struct err err;

	if (strcmp(text, "broadcast") == 0) {
		memset(mac, 0xff, 6);
		return 1;
	}
	return text[0] && mac_parse(&err, text, mac) == 0;
}

void early_hop(const struct identity *identity, const char *target, char hop[46])
{
	struct in6_addr to;
	const char *own;
	char host[46];
	uint16_t port;
	int six;

	hop[0] = '\0';
	if (early_target(target, &to, host, &port))
		return;
	six = !ip_is_four(&to);
	own = early_source(identity, &to);
	if (!own[0])
		return;
	if (address_same_subnet(own, host, six ? identity->prefix6 : identity->prefix))
		snprintf(hop, 46, "%s", host);
	else if (six || !strchr(identity->gateway, ':'))
		snprintf(hop, 46, "%s", six ? identity->gateway6 : identity->gateway);
}

int early_param(struct err *err, const struct config_profile *profile,
    const struct identity *identity, const char *target, const uint8_t mac[6], char out[EARLY_MAX])
{
	struct in6_addr to;
	char host[46], text[18];
	const char *own;
	uint16_t port;
	int n;

	if (early_target(target, &to, host, &port))
		return err_set(
		    err, "netconsole's target %.60s is not IPV4:PORT or [IPV6]:PORT", target);
	own = early_source(identity, &to);
	if (!own[0])
		return err_set(
		    err, "the machine has reported no IPv%d address", ip_is_four(&to) ? 4 : 6);
	mac_format(mac, text);
	n = snprintf(out, EARLY_MAX, " " COMMAND_LINE_EARLY,
	    profile->netconsole == FORMAT_EXTENDED ? "+" : "", own, profile->netconsole_device,
	    (unsigned)port, host, text);
	return n > 0 && n < EARLY_MAX ? 0 : err_set(err, "netconsole's parameter is too long");
}

/* The MAC of the interface of this host that has the address. 1 if there is one. */
static int early_own(const char *address, uint8_t mac[6])
{
	struct ifaddrs *all, *with = NULL;
	struct in6_addr want, has;
	int found = 0;

	if (ip_parse(address, &want) || getifaddrs(&all))
		return 0;
	for (struct ifaddrs *i = all; i && !with; i = i->ifa_next) {
		const void *at = i->ifa_addr;

		if (!i->ifa_addr)
			continue;
		memset(&has, 0, sizeof(has));
		if (i->ifa_addr->sa_family == AF_INET)
			ip_from_bytes(&((const struct sockaddr_in *)at)->sin_addr, 4, &has);
		else if (i->ifa_addr->sa_family == AF_INET6)
			has = ((const struct sockaddr_in6 *)at)->sin6_addr;
		if (ip_is_same(&has, &want))
			with = i;
	}
	for (struct ifaddrs *i = all; i && with && !found; i = i->ifa_next) {
		const struct sockaddr_ll *link = (const void *)i->ifa_addr;

		if (!link || link->sll_family != AF_PACKET || link->sll_halen != 6 ||
		    link->sll_hatype != ARPHRD_ETHER || strcmp(i->ifa_name, with->ifa_name) != 0)
			continue;
		memcpy(mac, link->sll_addr, 6);
		found = 1;
	}
	freeifaddrs(all);
	return found;
}

int early_switches(struct err *err, struct decision *d, char out[EARLY_MAX])
{
	const struct config_profile *profile = d->profile;
	char target[80], hop[46];
	uint8_t mac[6];

	out[0] = '\0';
	if (!profile->netconsole_early || profile->netconsole == FORMAT_OFF)
		return 0;
	session_archive_target(d->site, d->request, profile, target);
	early_hop(&d->identity, target, hop);
	if (!early_mac(profile->netconsole_mac, mac) && !early_own(hop, mac) &&
	    !address_neighbour(&d->site->arp, hop, mac))
		return err_set(err,
		    "no early netconsole: the MAC of the next hop %s to %s is not known here; give "
		    "netconsole_mac",
		    hop[0] ? hop : "(no gateway was told)", target);
	if (early_param(err, profile, &d->identity, target, mac, out)) {
		out[0] = '\0';
		return err_prefix(err, "no early netconsole");
	}
	return 0;
}
