/* SPDX-License-Identifier: MIT */
/* open: session.conf from the command line, for a session yet to be opened; see open.h. */
#include "open.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/num.h"
#include "cmdline.h"
#include "target.h"

enum { OPEN_VALUE_MAX = 256 };

void arm_open_identity(const struct arm_hold *hold, struct arm_identity *identity)
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
	unsigned char random[ARM_OPEN_BOOT_LEN / 2] = {0};
	struct utsname system;

	memset(identity, 0, sizeof(*identity));
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		arm_read_at(hold->sys, fields[i].file, fields[i].to, ARM_OPEN_TEXT_MAX);
	if (uname(&system) == 0)
		snprintf(identity->arch, sizeof(identity->arch), "%s", system.machine);
	identity->efi = faccessat(hold->sys, "firmware/efi", F_OK, 0) == 0;
	/* Early in a boot there may be no entropy yet; then the kernel's generator as it is. */
	if (getrandom(random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random) &&
	    getrandom(random, sizeof(random), GRND_INSECURE) != (ssize_t)sizeof(random)) {
		uint64_t now = (uint64_t)arm_now();

		memcpy(random, &now, sizeof(now));
	}
	hex_text(random, sizeof(random), identity->boot);
}

int arm_open_mac(const char *cmdline, uint8_t mac[6])
{
	static const char *const keys[] = {"BOOTIF", "lastwords.mac"};
	char text[64];

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *at = text;

		if (arm_cmdline_get(cmdline, keys[i], NULL, text, sizeof(text)) <= 0)
			continue;
		for (char *c = text; *c; c++)
			if (*c == '-')
				*c = ':';
		if (strlen(text) == 20 && text[2] == ':')
			at += 3; /* the ARP type, 01 */
		if (arm_mac_parse(at, mac) == 0)
			return 0;
	}
	return -1;
}

/* NAMEhex= and the bytes of value, a text of struct arm_identity, onto a query. */
static void open_hex(struct kv_out *query, const char *name, const char *value)
{
	char digits[2 * ARM_OPEN_TEXT_MAX + 1];

	if (!value[0])
		return;
	kv_out_raw(query, "&");
	kv_out_raw(query, name);
	kv_out_raw(query, "hex=");
	hex_text((const uint8_t *)value, strnlen(value, ARM_OPEN_TEXT_MAX), digits);
	kv_out_raw(query, digits);
}

/* The value of lastwords.NAME=, or "". */
static const char *open_word(const char *cmdline, const char *name, char value[OPEN_VALUE_MAX])
{
	char key[48];

	snprintf(key, sizeof(key), "lastwords.%s", name);
	if (arm_cmdline_get(cmdline, key, NULL, value, OPEN_VALUE_MAX) <= 0)
		value[0] = '\0';
	return value;
}

static void open_query(struct kv_out *out, const char *cmdline, const struct arm_identity *identity,
    const uint8_t *mac)
{
	char value[OPEN_VALUE_MAX];

	kv_out_raw(out, "\nopen=boot=");
	kv_out_raw(out, identity->boot);
	if (mac) {
		arm_mac_text(mac, '-', value);
		kv_out_raw(out, "&mac=");
		kv_out_raw(out, value);
	}
	open_hex(out, "product", identity->product);
	open_hex(out, "manufacturer", identity->manufacturer);
	open_hex(out, "serial", identity->serial);
	open_hex(out, "asset", identity->asset);
	open_hex(out, "uuid", identity->uuid);
	open_hex(out, "arch", identity->arch);
	kv_out_raw(out, identity->efi ? "&platform=efi" : "&platform=pcbios");
	if (open_word(cmdline, "profile", value)[0] &&
	    strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789_.-") == strlen(value)) {
		kv_out_raw(out, "&profile=");
		kv_out_raw(out, value);
	}
}

/* ip=CLIENT:SERVER:GATEWAY:NETMASK, all numeric; any other form is not for us. */
static void open_address(struct kv_out *out, const char *cmdline)
{
	char text[OPEN_VALUE_MAX], address[24], *part[4], *rest = text;
	struct in_addr in[4];
	uint32_t mask;
	int bits = 0;

	if (arm_cmdline_get(cmdline, "ip", NULL, text, sizeof(text)) <= 0)
		return;
	for (int i = 0; i < 4; i++) {
		part[i] = strsep(&rest, ":");
		if (!part[i] ||
		    ((i == 0 || i == 3 || part[i][0]) && inet_pton(AF_INET, part[i], &in[i]) != 1))
			return;
	}
	mask = ntohl(in[3].s_addr);
	while (bits < 32 && mask & (0x80000000u >> bits))
		bits++;
	if (bits == 0 || (bits < 32 && mask << bits))
		return;
	snprintf(address, sizeof(address), "%s/%d", part[0], bits);
	kv_out_pair(out, '\n', "address", address);
	if (part[2][0] && in[2].s_addr)
		kv_out_pair(out, '\n', "gateway", part[2]);
}

int arm_open_conf(
    struct err *err, const char *cmdline, const struct arm_identity *identity, struct kv_out *out)
{
	char url[OPEN_VALUE_MAX], value[OPEN_VALUE_MAX];
	struct arm_server server;
	uint32_t address;
	uint8_t mac[6];
	size_t len;
	struct err ignored;
	int number, has_mac;

	if (!open_word(cmdline, "url", url)[0])
		return 1;
	for (len = strlen(url); len > 0 && url[len - 1] == '/';)
		url[--len] = '\0';
	if (arm_url_address(err, url, &address) || strpbrk(url, "?#\"%\\ "))
		return err_set(err,
		    "lastwords.url=%.80s: it must be http:// and a numeric IPv4 "
		    "address, as in http://10.77.0.1:8080",
		    url);
	has_mac = arm_open_mac(cmdline, mac) == 0;
	kv_out_pair(out, '\n', "url", url);
	open_query(out, cmdline, identity, has_mac ? mac : NULL);
	if (has_mac) {
		arm_mac_text(mac, ':', value);
		kv_out_pair(out, '\n', "mac", value);
	}
	open_address(out, cmdline);
	if (open_word(cmdline, "netconsole", value)[0]) {
		if (arm_server_parse(err, value, "extended", &server))
			return err_prefix(err, "lastwords.netconsole");
		kv_out_pair(out, '\n', "netconsole", value);
		kv_out_pair(out, '\n', "format", "extended");
	}
	if (num_int(&ignored, "vlan", open_word(cmdline, "vlan", value), 1, 4094, &number) == 0)
		kv_out_num(out, '\n', "vlan", (unsigned long long)number);
	if (arm_cmdline_get(cmdline, "console", NULL, value, 100) > 0)
		kv_out_pair(out, '\n', "console", value);
	kv_out_pair(out, '\n', "capture",
	    strcmp(open_word(cmdline, "capture", value), "small") == 0 ? "small" : "stock");
	/* Without one the kernel has reserved nothing, and that is what arm will say. */
	if (arm_cmdline_get(cmdline, "crashkernel", NULL, value, sizeof(value)) <= 0)
		snprintf(value, sizeof(value), "none");
	kv_out_pair(out, '\n', "crashkernel", value);
	if (arm_cmdline_get(cmdline, "panic", NULL, value, sizeof(value)) <= 0 ||
	    num_int(&ignored, "panic", value, 1, 86400, &number))
		number = 10;
	kv_out_num(out, '\n', "panic", (unsigned long long)number);
	kv_out_pair(out, '\n', "after", "reboot");
	kv_out_pair(out, '\n', "pstore", "on");
	kv_out_raw(out, "\n");
	return out->overflow ? err_set(err, "session.conf would be too long") : 0;
}
