/* SPDX-License-Identifier: MIT */
/* open: session.conf from the command line, for a session yet to be opened; see open.h. */
#include "open.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/address.h"
#include "base/hex.h"
#include "base/ip.h"
#include "base/mac.h"
#include "base/num.h"
#include "cmdline.h"
#include "https/https.h"
#include "netconsole.h"

enum { OPEN_VALUE_MAX = 256 };

void open_identity(const struct sys *sys, struct identity *identity)
{
	const struct {
		const char *file;
		char *to;
	} fields[] = {
	    {"class/dmi/id/product_name", identity->product},
	    {"class/dmi/id/sys_vendor", identity->manufacturer},
	    {"class/dmi/id/product_serial", identity->serial},
	    {"class/dmi/id/chassis_asset_tag", identity->asset},
	    {"class/dmi/id/product_uuid", identity->uuid},
	};
	unsigned char random[IDENTITY_BOOT_LEN / 2] = {0};
	struct utsname system;

	memset(identity, 0, sizeof(*identity));
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		sys_read_at(sys->sysfs, fields[i].file, fields[i].to, IDENTITY_TEXT_MAX);
	if (uname(&system) == 0)
		snprintf(identity->arch, sizeof(identity->arch), "%s", system.machine);
	identity->efi = faccessat(sys->sysfs, "firmware/efi", F_OK, 0) == 0;
	/* Early in a boot the kernel may have no entropy yet; then take what it has. */
	if (getrandom(random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random) &&
	    getrandom(random, sizeof(random), GRND_INSECURE) != (ssize_t)sizeof(random)) {
		uint64_t now = (uint64_t)sys_now();

		memcpy(random, &now, sizeof(now));
	}
	hex_text(random, sizeof(random), identity->boot);
}

int open_mac(const char *cmdline, uint8_t mac[6])
{
	static const char *const keys[] = {"BOOTIF", "lastwords.mac"};
	char text[64];
	struct err ignored;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (cmdline_get(cmdline, keys[i], NULL, text, sizeof(text)) <= 0)
			continue;
		/* (without the ARP type, 01) */
		if (mac_parse(&ignored, strlen(text) == 20 ? text + 3 : text, mac) == 0)
			return 0;
	}
	return -1;
}

/* "&NAMEhex=" and the bytes of value, a text of struct identity. */
static void open_hex(struct kv_out *query, const char *name, const char *value)
{
	char digits[2 * IDENTITY_TEXT_MAX + 1], key[24];

	if (!value[0])
		return;
	snprintf(key, sizeof(key), "%shex", name);
	hex_text((const uint8_t *)value, strnlen(value, IDENTITY_TEXT_MAX), digits);
	kv_out_pair(query, '&', key, digits);
}

/* The value of lastwords.NAME=, or "". */
static const char *open_word(const char *cmdline, const char *name, char value[OPEN_VALUE_MAX])
{
	char key[48];

	snprintf(key, sizeof(key), "lastwords.%s", name);
	if (cmdline_get(cmdline, key, NULL, value, OPEN_VALUE_MAX) <= 0)
		value[0] = '\0';
	return value;
}

static void open_query(
    struct kv_out *out, const char *cmdline, const struct identity *identity, const char *mac)
{
	char value[OPEN_VALUE_MAX];

	kv_out_raw(out, "\nopen=boot=");
	kv_out_raw(out, identity->boot);
	if (mac[0])
		kv_out_pair(out, '&', "mac", mac);
	open_hex(out, "product", identity->product);
	open_hex(out, "manufacturer", identity->manufacturer);
	open_hex(out, "serial", identity->serial);
	open_hex(out, "asset", identity->asset);
	open_hex(out, "uuid", identity->uuid);
	open_hex(out, "arch", identity->arch);
	kv_out_pair(out, '&', "platform", identity->efi ? "efi" : "pcbios");
	if (open_word(cmdline, "profile", value)[0] &&
	    strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789_.-") == strlen(value))
		kv_out_pair(out, '&', "profile", value);
}

/* ip=CLIENT:SERVER:GATEWAY:NETMASK, all numeric; any other form is left out. */
static void open_address(struct kv_out *out, const char *cmdline)
{
	enum { CLIENT, SERVER, GATEWAY, NETMASK, FIELDS };
	char text[OPEN_VALUE_MAX], address[24], *part[FIELDS], *rest = text;
	struct in_addr in[FIELDS] = {{0}};
	uint32_t mask;
	int bits = 0;

	if (cmdline_get(cmdline, "ip", NULL, text, sizeof(text)) <= 0)
		return;
	for (int i = 0; i < FIELDS; i++) {
		part[i] = strsep(&rest, ":");
		if (!part[i])
			return;
		if ((part[i][0] || i == CLIENT) && inet_pton(AF_INET, part[i], &in[i]) != 1)
			return;
	}
	mask = ntohl(in[NETMASK].s_addr);
	while (bits < 32 && mask & (0x80000000u >> bits))
		bits++;
	if (bits == 0 || (bits < 32 && mask << bits))
		return;
	snprintf(address, sizeof(address), "%s/%d", part[CLIENT], bits);
	kv_out_pair(out, '\n', "address", address);
	if (in[GATEWAY].s_addr)
		kv_out_pair(out, '\n', "gateway", part[GATEWAY]);
}

/*
 * http:// (with TLS https:// too) with a numeric host, IPv6 in brackets, and no character that would not stand as
 * it is in session.conf.
 */
static int open_check_url(struct err *err, const char *url)
{
	char host[ADDRESS_HOST_MAX + 1];
	struct in6_addr ip;
	uint16_t port;
	const char *scheme = https_built() && strncmp(url, "https:", 6) == 0 ? "https" : "http";

	if (address_split_url(err, url, scheme, host, &port, NULL) || ip_parse(host, &ip) ||
	    strpbrk(url, "?#\"%\\ "))
		return err_set(err,
		    "lastwords.url=%.80s is not a URL with a numeric host; use http://10.77.0.1:8080 or http://[fd00::1]:8080",
		    url);
	return 0;
}

int open_conf(
    struct err *err, const char *cmdline, const struct identity *identity, struct kv_out *out)
{
	char url[OPEN_VALUE_MAX], value[OPEN_VALUE_MAX], mac[18] = "";
	struct netconsole_server server;
	uint8_t bytes[6];
	struct err ignored;
	int number;

	if (!open_word(cmdline, "url", url)[0])
		return 1;
	for (size_t len = strlen(url); len > 0 && url[len - 1] == '/';)
		url[--len] = '\0';
	if (open_check_url(err, url))
		return -1;
	if (open_mac(cmdline, bytes) == 0)
		mac_format(bytes, mac);
	kv_out_pair(out, '\n', "url", url);
	open_query(out, cmdline, identity, mac);
	if (open_word(cmdline, "tls-name", value)[0] && !strpbrk(value, "#\"%\\ "))
		kv_out_pair(out, '\n', "tls-name", value);
	if (mac[0])
		kv_out_pair(out, '\n', "mac", mac);
	open_address(out, cmdline);
	if (open_word(cmdline, "netconsole", value)[0]) {
		if (netconsole_parse_server(err, value, "extended", &server))
			return err_prefix(err, "lastwords.netconsole");
		kv_out_pair(out, '\n', "netconsole", value);
		kv_out_pair(out, '\n', "format", "extended");
	}
	if (num_int(&ignored, "vlan", open_word(cmdline, "vlan", value), 1, 4094, &number) == 0)
		kv_out_num(out, '\n', "vlan", (unsigned long long)number);
	if (cmdline_get(cmdline, "console", NULL, value, 100) > 0)
		kv_out_pair(out, '\n', "console", value);
	kv_out_pair(out, '\n', "capture",
	    strcmp(open_word(cmdline, "capture", value), "small") == 0 ? "small" : "stock");
	/* (without crashkernel= the kernel has reserved nothing, which arm will report) */
	kv_out_pair(out, '\n', "crashkernel",
	    cmdline_get(cmdline, "crashkernel", NULL, value, sizeof(value)) > 0 ? value : "none");
	if (cmdline_get(cmdline, "panic", NULL, value, sizeof(value)) <= 0 ||
	    num_int(&ignored, "panic", value, 1, 86400, &number))
		number = 10;
	kv_out_num(out, '\n', "panic", (unsigned long long)number);
	kv_out_pair(out, '\n', "after", "reboot");
	kv_out_pair(out, '\n', "pstore", "on");
	kv_out_raw(out, "\n");
	return out->overflow ? err_set(err, "session.conf would be too long") : 0;
}
