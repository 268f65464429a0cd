/* SPDX-License-Identifier: MIT */
/* early: netconsole from the kernel's command line; see early.h. */
#include "early.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "base/num.h"
#include "boot/command_line.h"
#include "session_archive.h"

/* Its address and port; -1: not IPv4:PORT. */
static int early_target(const char *target, struct in_addr *address, char host[46], uint16_t *port)
{
	char name[ADDRESS_HOST_MAX + 1];
	struct err err;

	*port = 0;
	if (address_split(&err, target, name, port) || *port == 0 ||
	    inet_pton(AF_INET, name, address) != 1 || !inet_ntop(AF_INET, address, host, 46))
		return -1;
	return 0;
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
	struct in_addr to, own;
	char host[46];
	uint16_t port;

	hop[0] = '\0';
	if (early_target(target, &to, host, &port) || inet_pton(AF_INET, identity->ip, &own) != 1)
		return;
	if (address_same_subnet(identity->ip, host, identity->prefix))
		snprintf(hop, 46, "%s", host);
	else if (!strchr(identity->gateway, ':'))
		snprintf(hop, 46, "%s", identity->gateway);
}

int early_param(struct err *err, const struct config_profile *profile,
    const struct identity *identity, const char *target, const uint8_t mac[6], char out[EARLY_MAX])
{
	struct in_addr to, own;
	char host[46], text[18];
	uint16_t port;
	int n;

	if (inet_pton(AF_INET, identity->ip, &own) != 1)
		return err_set(err, "the machine has told no IPv4 address");
	if (early_target(target, &to, host, &port))
		return err_set(err, "netconsole's target %.60s is not IPV4:PORT", target);
	mac_format(mac, text);
	n = snprintf(out, EARLY_MAX, " " COMMAND_LINE_EARLY,
	    profile->netconsole == FORMAT_EXTENDED ? "+" : "", identity->ip,
	    profile->netconsole_device, (unsigned)port, host, text);
	return n > 0 && n < EARLY_MAX ? 0 : err_set(err, "netconsole's parameter is too long");
}

/* The MAC of the interface of this host that has the address. 1 if there is one. */
static int early_own(const char *address, uint8_t mac[6])
{
	struct ifaddrs *all, *with = NULL;
	struct in_addr want;
	int found = 0;

	if (inet_pton(AF_INET, address, &want) != 1 || getifaddrs(&all))
		return 0;
	for (struct ifaddrs *i = all; i && !with; i = i->ifa_next)
		if (i->ifa_addr && i->ifa_addr->sa_family == AF_INET &&
		    ((struct sockaddr_in *)(void *)i->ifa_addr)->sin_addr.s_addr == want.s_addr)
			with = i;
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
