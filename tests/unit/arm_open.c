/* SPDX-License-Identifier: MIT */
/* arm_open: session.conf out of another boot server's command line, and what is refused in it. */
#include "arm/open.h"

#include <string.h>

#include "session/conf.h"

#include "tap.h"

#define URL "lastwords.url=http://10.77.0.1:8080 "

static struct arm_identity identity = {.product = "KVM & <Co>\n",
    .serial = "7",
    .arch = "x86_64",
    .boot = "00112233445566778899aabbccddeeff"};
static char text[SESSION_CONF_MAX];
static struct session_conf conf;

static int make(const char *cmdline)
{
	struct err err = {""};
	struct kv_out out;
	int rc;

	kv_out_init(&out, text, sizeof(text));
	rc = arm_open_conf(&err, cmdline, &identity, &out);
	if (rc == 0 && session_conf_parse(&err, "test", text, out.len, &conf))
		rc = -2;
	return rc;
}

static void refused(const char *cmdline, const char *name)
{
	is_num(make(cmdline), -1, name);
}

static void mac_is(const char *cmdline, const char *want, const char *name)
{
	uint8_t mac[6] = {0};
	char got[18] = "none";

	if (arm_open_mac(cmdline, mac) == 0)
		snprintf(got, sizeof(got), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		    mac[3], mac[4], mac[5]);
	is(got, want, name);
}

int main(void)
{
	is_num(make("quiet lastwords.session=x"), 1, "no lastwords.url=: not for us");
	is_num(make("a -- " URL), 1, "nor behind --");

	is_num(make("rdinit=/lastwords/arm " URL "crashkernel=192M quiet"), 0, "the two words");
	is(conf.url[0], "http://10.77.0.1:8080", "url");
	is(conf.crashkernel, "192M", "crashkernel");
	is(conf.capture, "stock", "capture");
	is(conf.after, "reboot", "after");
	is(conf.mac, "", "no MAC");
	is(conf.netconsole, "", "no netconsole yet");
	is(conf.session, "", "and no session");
	is_num(conf.panic, 10, "panic");
	is_num(conf.pstore, 1, "pstore is read");
	is_num(conf.stay_armed, 0, "stay_armed is the session's to say");
	is(conf.open,
	    "boot=00112233445566778899aabbccddeeff&producthex=4b564d2026203c436f3e0a&serialhex=37"
	    "&archhex=7838365f3634&platform=pcbios",
	    "the query, in harmless characters");
	ok(strstr(text, "\nopen=boot=0011") != NULL, "a line of its own, for the capture's shell");

	identity.efi = 1;
	is_num(make(URL "BOOTIF=01-52-54-00-A1-b2-c3 lastwords.netconsole=10.77.0.9:6666 "
			"lastwords.capture=small lastwords.profile=lab-2 lastwords.vlan=7 panic=5 "
			"console=tty0 console=ttyS1,115200n8 ip=10.77.0.50:10.77.0.1:10.77.0.254:"
			"255.255.252.0"),
	    0, "all of them");
	is(conf.mac, "52:54:00:a1:b2:c3", "mac");
	ok(strstr(conf.open, "&mac=52-54-00-a1-b2-c3&") != NULL, "in the query as well");
	ok(strstr(conf.open, "&platform=efi") != NULL, "platform");
	ok(strstr(conf.open, "&profile=lab-2") != NULL, "profile");
	is(conf.netconsole, "10.77.0.9:6666", "netconsole");
	is(conf.capture, "small", "capture");
	is(conf.console, "ttyS1,115200n8", "the last console");
	is_num(conf.panic, 5, "panic");
	is(conf.address, "10.77.0.50/22", "the address that pxelinux was given");
	is(conf.gateway, "10.77.0.254", "and its gateway");
	is(kv_get(&conf.kv, "vlan"), "7", "vlan");
	is(conf.crashkernel, "none", "no crashkernel=: the kernel will have reserved nothing");

	is_num(make("lastwords.url=http://10.77.0.1:8080/ ip=dhcp"), 0, "a slash behind");
	is(conf.url[0], "http://10.77.0.1:8080", "is left out");
	is(conf.address, "", "ip=dhcp is no address");
	is_num(make(URL "ip=10.0.0.5::10.0.0.1:255.0.255.0::eth0:off"), 0, "a mask that is none");
	is(conf.address, "", "no address");
	is_num(make(URL "ip=10.0.0.5::10.0.0.1:255.255.255.0::eth0:off"), 0, "nfsroot's own form");
	is(conf.address, "10.0.0.5/24", "an address");
	is_num(make(URL "lastwords.profile=../x lastwords.vlan=9999"), 0, "odd words");
	ok(!strstr(conf.open, "profile=") && !kv_get(&conf.kv, "vlan"), "are left out");

	refused("lastwords.url=http://boot.example:8080", "a name, which nobody resolves");
	refused("lastwords.url=https://10.77.0.1", "https");
	refused("lastwords.url=10.77.0.1", "no http://");
	refused("lastwords.url=http://10.77.0.1/?a=b", "a query");
	refused(URL "lastwords.netconsole=10.77.0.9", "a netconsole target without port");

	mac_is("BOOTIF=01-52-54-00-a1-b2-c3", "52:54:00:a1:b2:c3", "pxelinux's BOOTIF");
	mac_is("BOOTIF=01-52:54:00:a1:b2:c3", "52:54:00:a1:b2:c3", "GRUB's, with its colons");
	mac_is("BOOTIF=52:54:00:a1:b2:c3", "52:54:00:a1:b2:c3", "without a type");
	mac_is("lastwords.mac=52:54:00:a1:b2:c3", "52:54:00:a1:b2:c3", "lastwords.mac");
	mac_is("BOOTIF=junk lastwords.mac=52:54:00:a1:b2:c3", "52:54:00:a1:b2:c3", "junk, then it");
	mac_is("BOOTIF=01-ff-ff-ff-ff-ff-ff", "none", "broadcast");
	mac_is("BOOTIF=01-52-54-00-a1-b2-c3-00-00-00-00-00-00-00-00-00-00-00-00-00-00-00-00-00-00",
	    "none", "too long");
	mac_is("", "none", "none");

	memset(identity.product, 'x', ARM_OPEN_TEXT_MAX - 1);
	memset(identity.manufacturer, 'x', ARM_OPEN_TEXT_MAX - 1);
	memset(identity.serial, 'x', ARM_OPEN_TEXT_MAX - 1);
	memset(identity.asset, 'x', ARM_OPEN_TEXT_MAX - 1);
	memset(identity.uuid, 'x', ARM_OPEN_TEXT_MAX - 1);
	is_num(make(URL), 0, "the longest SMBIOS texts fit");
	ok(strlen(conf.open) > 1200, "whole");
	return tap_done();
}
