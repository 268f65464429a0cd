/* SPDX-License-Identifier: MIT */
/*
 * boot_six: which IPv6 address a machine's request has, as iPXE 2019 and 2025 send it; what of it is in
 * session.conf, by the family of the server's url; what text_address gives on.
 */
#include <string.h>

#include "cgi/boot/archive.h"
#include "cgi/boot/text.h"
#include "session/conf.h"
#include "tap.h"

#define MAC "mac=52-54-00-00-00-01"
#define DHCP "&ip6=fd0000770000000000000000000d12d5"
#define NETWORK "&ndp6=fd000077000000000000000000000000&len6=64"
#define ROUTER "&gateway6=fe800000000000008c05b5fffecd4a8a"

static struct identity identity;

static const struct {
	const char *name, *query, *ip6, *gateway6, *ip;
	int prefix6;
} cases[] = {
    {"DHCPv6 only", MAC DHCP NETWORK ROUTER, "fd00:77::d:12d5", "fe80::8c05:b5ff:fecd:4a8a",
	"fd00:77::d:12d5", 64},
    {"an address of its own and DHCPv6", MAC DHCP "&ndp6=fd00007700000000505400fffeaa0601&len6=64",
	"fd00:77::5054:ff:feaa:601", "", "fd00:77::5054:ff:feaa:601", 64},
    {"IPv4 and IPv6", MAC DHCP NETWORK ROUTER "&ip=10.77.0.50", "fd00:77::d:12d5",
	"fe80::8c05:b5ff:fecd:4a8a", "10.77.0.50", 64},
    {"text", MAC "&ip6=FD00::0005&len6=48", "fd00::5", "", "fd00::5", 48},
    {"another's ip=", MAC "&ip=fd00::5", "fd00::5", "", "fd00::5", -1},
    {"nothing, as iPXE writes it", MAC "&ip6=::&ndp6=&len6=&gateway6=::&ip=10.77.0.50", "", "",
	"10.77.0.50", -1},
    {"the router's prefix alone", MAC NETWORK, "", "", "", 64},
    {"link-local", MAC "&ip6=fe80000000000000505400fffeaa0601", "", "", "", -1},
    {"loopback", MAC "&ip6=::1", "", "", "", -1},
    {"multicast", MAC "&ip6=ff02::1", "", "", "", -1},
    {"IPv4 mapped into it", MAC "&ip6=::ffff:10.0.0.1", "", "", "", -1},
    {"31 digits", MAC "&ip6=fd0000770000000000000000000d12d", "", "", "", -1},
    {"32 that are no digits", MAC "&ip6=fd00007700000000000000000\"0d12d5", "", "", "", -1},
    {"a scope id", MAC "&ip6=fd00::5%25eth0", "", "", "", -1},
    {"a length of DHCPv6, as iPXE writes it", MAC DHCP "&len6=-128", "fd00:77::d:12d5", "",
	"fd00:77::d:12d5", -1},
    {"a length of 128", MAC DHCP "&len6=128", "fd00:77::d:12d5", "", "fd00:77::d:12d5", -1},
    {"a length of a long text", MAC DHCP "&len6=64646464646464", "fd00:77::d:12d5", "",
	"fd00:77::d:12d5", -1},
};

static void address_is(const char *url, const char *address, const char *gateway, const char *name)
{
	static struct config_profile profile = {
	    .capture = "stock", .console = "", .crashkernel = ""};
	static struct session session = {.id = "525400000001-1-lab-0"};
	static struct session_conf back;
	struct archive in = {.session = &session,
	    .token = "0",
	    .url = url,
	    .url2 = "",
	    .url3 = "",
	    .netconsole = "",
	    .profile = &profile,
	    .identity = &identity};
	static char conf[SESSION_CONF_MAX];
	struct err err;

	ok(archive_conf(&err, &in, conf, sizeof(conf)) == 0 &&
		session_conf_parse(&err, "conf", conf, strlen(conf), &back) == 0,
	    "%s: session.conf", name);
	is(back.address, address, name);
	is(back.gateway, gateway, name);
}

int main(void)
{
	static struct reply reply;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		identity_read(&identity, cases[i].query);
		is(identity.ip6, cases[i].ip6, cases[i].name);
		is(identity.gateway6, cases[i].gateway6, cases[i].name);
		is(identity.ip, cases[i].ip, cases[i].name);
		is(identity.match[MATCH_CLIENT], cases[i].ip, cases[i].name);
		is_num(identity.prefix6, cases[i].prefix6, cases[i].name);
	}
	identity_read(&identity,
	    MAC DHCP NETWORK ROUTER "&ip=10.77.0.50&netmask=255.255.255.0&gateway=10.77.0.1");
	address_is("http://[fd00::1]:8080", "fd00:77::d:12d5/64", "fe80::8c05:b5ff:fecd:4a8a",
	    "an IPv6 server");
	address_is("http://10.77.0.1:8080", "10.77.0.50/24", "10.77.0.1", "an IPv4 server");
	identity_read(&identity, MAC DHCP);
	address_is("http://[fd00::1]:8080", "fd00:77::d:12d5", "", "without a prefix");
	identity_read(&identity, MAC DHCP NETWORK ROUTER);
	reply_init(&reply);
	text_address(&reply, &identity);
	reply.body[reply.out.len] = '\0';
	is(reply.body, "&ip6=fd00:77::d:12d5&gateway6=fe80::8c05:b5ff:fecd:4a8a&len6=64",
	    "given on once");
	identity_read(&identity, reply.body + 1);
	is(identity.ip6, "fd00:77::d:12d5", "and read again");
	return tap_done();
}
