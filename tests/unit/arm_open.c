/* SPDX-License-Identifier: MIT */
/* open: session.conf from another boot server's command line, and what is refused in it. */
#include "arm/open.h"

#include <string.h>

#include "session/conf.h"

#include "tap.h"

#define URL "lastwords.url=http://10.77.0.1:8080 "

static struct identity identity = {.product = "KVM & <Co>\n",
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
	rc = open_conf(&err, cmdline, &identity, &out);
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

	if (open_mac(cmdline, mac) == 0)
		snprintf(got, sizeof(got), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		    mac[3], mac[4], mac[5]);
	is(got, want, name);
}

int main(void)
{
	is_num(make("quiet lastwords.session=x"), 1,
	    "without lastwords.url= there is no session.conf");
	is_num(make("a -- " URL), 1, "a lastwords.url= after -- does not count");

	is_num(make("rdinit=/lastwords/arm " URL "crashkernel=192M quiet"), 0,
	    "a url and a crashkernel are enough");
	is(conf.url[0], "http://10.77.0.1:8080", "the url is taken");
	is(conf.crashkernel, "192M", "the crashkernel is taken");
	is(conf.capture, "stock", "the capture kernel is stock by default");
	is(conf.after, "reboot", "the machine reboots after a crash");
	is(conf.mac, "", "without a word for it there is no MAC");
	is(conf.netconsole, "", "without a word for it there is no netconsole");
	is(conf.session, "", "there is no session yet");
	is_num(conf.panic, 10, "panic is 10 seconds by default");
	is_num(conf.pstore, 1, "pstore is on by default");
	is_num(conf.stay_armed, 0, "stay_armed is left to the session");
	is(conf.open,
	    "boot=00112233445566778899aabbccddeeff&producthex=4b564d2026203c436f3e0a&serialhex=37"
	    "&archhex=7838365f3634&platform=pcbios",
	    "the query has the identity in hex");
	ok(strstr(text, "\nopen=boot=0011") != NULL,
	    "the query is a line, as the capture kernel's shell reads it");

	identity.efi = 1;
	is_num(make(URL "BOOTIF=01-52-54-00-A1-b2-c3 lastwords.netconsole=10.77.0.9:6666 "
			"lastwords.capture=small lastwords.profile=lab-2 lastwords.vlan=7 panic=5 "
			"console=tty0 console=ttyS1,115200n8 ip=10.77.0.50:10.77.0.1:10.77.0.254:"
			"255.255.252.0"),
	    0, "every word is taken");
	is(conf.mac, "52:54:00:a1:b2:c3", "the MAC of BOOTIF is taken");
	ok(strstr(conf.open, "&mac=52:54:00:a1:b2:c3&") != NULL, "the query has the MAC");
	ok(strstr(conf.open, "&platform=efi") != NULL, "the query has the platform");
	ok(strstr(conf.open, "&profile=lab-2") != NULL, "the query has the profile");
	is(conf.netconsole, "10.77.0.9:6666", "the netconsole target is taken");
	is(conf.format, "extended", "netconsole has the extended format");
	is(conf.capture, "small", "the small capture kernel is taken");
	is(conf.console, "ttyS1,115200n8", "the last console is taken");
	is_num(conf.panic, 5, "panic of the command line is taken");
	is(conf.address, "10.77.0.50/22", "the address of ip= is taken");
	is(conf.gateway, "10.77.0.254", "the gateway of ip= is taken");
	is(kv_get(&conf.kv, "vlan"), "7", "the VLAN is taken");
	is(conf.crashkernel, "none", "without crashkernel= it is none");

	is_num(make("lastwords.url=http://10.77.0.1:8080/ ip=dhcp"), 0, "a url may end in a slash");
	is(conf.url[0], "http://10.77.0.1:8080", "that slash is left out");
	is(conf.address, "", "ip=dhcp gives no address");
	is_num(make(URL "ip=10.0.0.5::10.0.0.1:255.0.255.0::eth0:off"), 0,
	    "a broken netmask is no error");
	is(conf.address, "", "a broken netmask gives no address");
	is_num(make(URL "ip=10.0.0.5::10.0.0.1:255.255.255.0::eth0:off"), 0,
	    "the form of ip= for NFS root is taken");
	is(conf.address, "10.0.0.5/24", "the form of ip= for NFS root gives an address");
	is_num(make(URL "ip=10.0.0.5::0.0.0.0:255.255.255.255"), 0,
	    "a netmask of 32 bits is no error");
	is(conf.address, "10.0.0.5/32", "a netmask of 32 bits is taken");
	is(conf.gateway, "", "a gateway of 0.0.0.0 is left out");
	is_num(make(URL "ip=10.0.0.5:::0.0.0.0"), 0, "a netmask of zeros is no error");
	is(conf.address, "", "a netmask of zeros gives no address");
	is_num(
	    make(URL "ip=:10.0.0.1:10.0.0.1:255.255.255.0"), 0, "ip= without address is no error");
	is(conf.address, "", "ip= without address gives none");
	is_num(make(URL "ip=10.0.0.5:::"), 0, "ip= without netmask is no error");
	is(conf.address, "", "ip= without netmask gives no address");
	is_num(make(URL "panic=0"), 0, "panic=0 is no error");
	is_num(conf.panic, 10, "panic=0 becomes the default");
	is_num(make(URL "lastwords.profile=../x lastwords.vlan=9999"), 0,
	    "an invalid profile or VLAN is no error");
	ok(!strstr(conf.open, "profile=") && !kv_get(&conf.kv, "vlan"),
	    "an invalid profile or VLAN is left out");

	is_num(
	    make("lastwords.url=http://[fd00::1]:8080"), 0, "a url with an IPv6 address is taken");
	is(conf.url[0], "http://[fd00::1]:8080", "with its brackets");
	refused("lastwords.url=http://fd00::1", "one without brackets is refused");
	refused("lastwords.url=http://boot.example:8080", "a url with a name is refused");
	refused("lastwords.url=https://10.77.0.1", "a url of https is refused");
	refused("lastwords.url=10.77.0.1", "a url without http:// is refused");
	refused("lastwords.url=http://10.77.0.1/?a=b", "a url with a query is refused");
	refused(
	    URL "lastwords.netconsole=10.77.0.9", "a netconsole target without port is refused");

	mac_is("BOOTIF=01-52-54-00-a1-b2-c3", "52:54:00:a1:b2:c3", "BOOTIF of pxelinux is read");
	mac_is("BOOTIF=01-52:54:00:a1:b2:c3", "52:54:00:a1:b2:c3",
	    "BOOTIF of GRUB, with colons, is read");
	mac_is(
	    "BOOTIF=52:54:00:a1:b2:c3", "52:54:00:a1:b2:c3", "BOOTIF without the ARP type is read");
	mac_is("lastwords.mac=52:54:00:a1:b2:c3", "52:54:00:a1:b2:c3", "lastwords.mac= is read");
	mac_is("BOOTIF=01-52-54-00-a1-b2-c3-d4", "none", "a longer hardware address is refused");
	mac_is("BOOTIF=junk lastwords.mac=52:54:00:a1:b2:c3", "52:54:00:a1:b2:c3",
	    "lastwords.mac= is read after an invalid BOOTIF");
	mac_is("BOOTIF=01-ff-ff-ff-ff-ff-ff", "none", "a broadcast MAC is refused");
	mac_is("BOOTIF=01-52-54-00-a1-b2-c3-00-00-00-00-00-00-00-00-00-00-00-00-00-00-00-00-00-00",
	    "none", "a MAC that is too long is refused");
	mac_is("", "none", "without a word for it no MAC is read");

	memset(identity.product, 'x', IDENTITY_TEXT_MAX - 1);
	memset(identity.manufacturer, 'x', IDENTITY_TEXT_MAX - 1);
	memset(identity.serial, 'x', IDENTITY_TEXT_MAX - 1);
	memset(identity.asset, 'x', IDENTITY_TEXT_MAX - 1);
	memset(identity.uuid, 'x', IDENTITY_TEXT_MAX - 1);
	is_num(make(URL), 0, "the longest SMBIOS texts fit");
	ok(strlen(conf.open) > 1200, "the longest SMBIOS texts are whole");
	{
		struct err err = {""};
		struct kv_out out;
		char little[64];

		kv_out_init(&out, little, sizeof(little));
		is_num(open_conf(&err, URL, &identity, &out), -1,
		    "a text that does not fit is an error");
	}
	return tap_done();
}
