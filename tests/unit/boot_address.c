/* SPDX-License-Identifier: MIT */
/* boot_address: which address and MAC cannot belong together, and of which nothing can be said. */
#include "cgi/boot/address.h"

#include <string.h>
#include <unistd.h>

#include "tap.h"

static const struct {
	const char *name, *query, *remote, *neighbour;
	const char *says; /* NULL: fits */
} cases[] = {
    {"as it says", "mac=52-54-00-00-00-01&ip=10.9.0.5&netmask=255.255.255.0", "10.9.0.5",
	"\x52\x54\0\0\0\x01", NULL},
    {"no neighbour known", "mac=52-54-00-00-00-01&ip=10.9.0.5&netmask=255.255.255.0", "10.9.0.5",
	NULL, NULL},
    {"another of the subnet", "mac=52-54-00-00-00-01&ip=10.9.0.5&netmask=255.255.255.0", "10.9.0.6",
	NULL, "asks from 10.9.0.6"},
    {"the subnet's edges", "mac=52-54-00-00-00-01&ip=10.9.1.255&netmask=255.255.254.0", "10.9.0.0",
	NULL, "10.9.1.255"},
    {"behind NAT", "mac=52-54-00-00-00-01&ip=10.0.2.15&netmask=255.255.255.0", "127.0.0.1", NULL,
	NULL},
    {"just outside", "mac=52-54-00-00-00-01&ip=10.9.1.5&netmask=255.255.255.0", "10.9.0.5", NULL,
	NULL},
    {"no netmask", "mac=52-54-00-00-00-01&ip=10.9.0.5", "10.9.0.6", NULL, NULL},
    {"an invalid netmask", "mac=52-54-00-00-00-01&ip=10.9.0.5&netmask=255.0.255.0", "10.9.0.6",
	NULL, NULL},
    {"a netmask of no bits", "mac=52-54-00-00-00-01&ip=10.9.0.5&netmask=0.0.0.0", "10.9.0.6", NULL,
	NULL},
    {"a netmask of all", "mac=52-54-00-00-00-01&ip=10.9.0.5&netmask=255.255.255.255", "10.9.0.6",
	NULL, NULL},
    {"mapped into IPv6", "mac=52-54-00-00-00-01&ip=10.9.0.5&netmask=255.255.255.0",
	"::ffff:10.9.0.5", NULL, NULL},
    {"mapped, another", "mac=52-54-00-00-00-01&ip=10.9.0.5&netmask=255.255.255.0",
	"::ffff:10.9.0.7", NULL, "asks from 10.9.0.7"},
    {"IPv6", "mac=52-54-00-00-00-01&ip=fd00::5&netmask=255.255.255.0", "fd00::6", NULL, NULL},
    {"IPv6, another of its addresses", "mac=52-54-00-00-00-01&ip6=fd00::5&len6=64", "fd00::6", NULL,
	NULL},
    {"another card's MAC", "mac=52-54-00-00-00-01&ip=10.9.0.5&netmask=255.255.255.0", "10.9.0.5",
	"\x52\x54\0\0\0\x02", "52:54:00:00:00:02, not the machine's 52:54:00:00:00:01"},
    {"the same without an address", "mac=52-54-00-00-00-01", "10.9.0.5", "\x52\x54\0\0\0\x02",
	"10.9.0.5 answers from"},
    {"no MAC", "ip=10.9.0.5", "10.9.0.5", "\x52\x54\0\0\0\x02", NULL},
    {"nothing", "", "", NULL, NULL},
};

int main(void)
{
	struct identity identity;
	uint8_t mac[6];
	struct err what;
	int fd = -1;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int got;

		identity_read(&identity, cases[i].query);
		what.msg[0] = '\0';
		got = address_misfit(
		    &what, &identity, cases[i].remote, (const uint8_t *)cases[i].neighbour);
		if (!cases[i].says)
			is_num(got, 0, cases[i].name);
		else
			ok(got == 1 && strstr(what.msg, cases[i].says), "%s", cases[i].name);
	}
	is_num(address_neighbour(&fd, "127.0.0.1", mac), 0, "loopback has no neighbours");
	is_num(address_neighbour(&fd, "fd00::1", mac), 0, "IPv6 is not asked for");
	is_num(address_neighbour(&fd, "x", mac), 0, "nor an invalid address");
	if (fd >= 0)
		close(fd);
	return tap_done();
}
