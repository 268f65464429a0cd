/* SPDX-License-Identifier: MIT */
/* address: whether an address and a MAC can belong together; see address.h. */
#include "address.h"

#include <arpa/inet.h>
#include <net/if_arp.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/ip.h"
#include "session/session.h"

/* ::ffff:10.0.2.15 as 10.0.2.15. */
static const char *address_plain(const char *text)
{
	return strncasecmp(text, "::ffff:", 7) == 0 && strchr(text, '.') ? text + 7 : text;
}

int address_same_subnet(const char *a, const char *b, int prefix)
{
	struct in6_addr left, right;
	const uint8_t *l, *r;
	size_t len;
	int whole = prefix / 8, rest = prefix % 8;

	if (ip_parse(a, &left) || ip_parse(b, &right) || ip_is_four(&left) != ip_is_four(&right))
		return 0;
	l = ip_bytes(&left, &len);
	r = ip_bytes(&right, &len);
	if (prefix < 1 || prefix > 8 * (int)len || memcmp(l, r, (size_t)whole) != 0)
		return 0;
	return rest == 0 || (l[whole] ^ r[whole]) >> (8 - rest) == 0;
}

int address_misfit(
    struct err *what, const struct identity *identity, const char *remote, const uint8_t *neighbour)
{
	char mac[18];

	remote = address_plain(remote);
	if (identity->ip[0] && !strchr(remote, ':') && strcmp(identity->ip, remote) != 0 &&
	    address_same_subnet(identity->ip, remote, identity->prefix)) {
		err_set(what,
		    "the machine says that it has the address %s and asks from %.46s of the same "
		    "subnet: two machines' words, or two cards in one network",
		    identity->ip, remote);
		return 1;
	}
	if (neighbour && identity->has_mac && memcmp(neighbour, identity->mac, 6) != 0) {
		mac_format(neighbour, mac);
		err_set(what,
		    "%.46s answers from the MAC %s, not the machine's %s: another card of it, two "
		    "machines at one address, or something between them that answers for it",
		    remote, mac, identity->match[MATCH_MAC]);
		return 1;
	}
	return 0;
}

int address_neighbour(int *fd, const char *remote, uint8_t mac[6])
{
	struct arpreq ask = {.arp_flags = 0};
	struct sockaddr_in to = {.sin_family = AF_INET};

	if (inet_pton(AF_INET, address_plain(remote), &to.sin_addr) != 1)
		return 0;
	if (*fd < 0)
		*fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	memcpy(&ask.arp_pa, &to, sizeof(to));
	if (*fd < 0 || ioctl(*fd, SIOCGARP, &ask) || !(ask.arp_flags & ATF_COM) ||
	    ask.arp_ha.sa_family != ARPHRD_ETHER)
		return 0;
	memcpy(mac, ask.arp_ha.sa_data, 6);
	return 1;
}
