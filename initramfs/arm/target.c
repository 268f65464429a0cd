/* SPDX-License-Identifier: MIT */
/* target: a netconsole target's texts; see target.h. Pure. */
#include "target.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "base/num.h"

enum { NETCONSOLE_SOURCE_PORT = 6665 };

/* The first len bytes of text as an IPv4 address. */
static int target_address(const char *text, size_t len, uint32_t *address)
{
	char copy[INET_ADDRSTRLEN];
	struct in_addr in;

	if (len == 0 || len >= sizeof(copy))
		return -1;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (inet_pton(AF_INET, copy, &in) != 1)
		return -1;
	*address = in.s_addr;
	return 0;
}

int arm_server_parse(
    struct err *err, const char *text, const char *format, struct arm_server *server)
{
	const char *colon = strrchr(text, ':');

	if (!colon || target_address(text, (size_t)(colon - text), &server->address))
		return err_set(err, "netconsole target %.60s is not IPV4:PORT", text);
	if (num_port(err, "netconsole port", colon + 1, &server->port))
		return -1;
	if (strcmp(format, "basic") != 0 && strcmp(format, "extended") != 0 && format[0])
		return err_set(
		    err, "netconsole format %.20s is neither extended nor basic", format);
	server->extended = strcmp(format, "basic") != 0;
	return 0;
}

int arm_url_address(struct err *err, const char *url, uint32_t *address)
{
	const char *host = url;

	if (strncmp(url, "http://", 7) == 0)
		host = url + 7;
	if (host == url || target_address(host, strcspn(host, ":/"), address))
		return err_set(err, "url %.80s has no numeric IPv4 host", url);
	return 0;
}

/* Of one host: neither zero nor broadcast or multicast. */
static int target_mac_ok(const uint8_t mac[6])
{
	static const uint8_t zero[6];

	return !(mac[0] & 1) && memcmp(mac, zero, 6) != 0;
}

int arm_mac_parse(const char *text, uint8_t mac[6])
{
	struct err err;

	if (strlen(text) != 17)
		return -1;
	for (int i = 0; i < 6; i++) {
		uint64_t byte;

		if ((i < 5 && text[3 * i + 2] != ':') ||
		    num_hex64(&err, "mac", text + 3 * i, 2, &byte))
			return -1;
		mac[i] = (uint8_t)byte;
	}
	return target_mac_ok(mac) ? 0 : -1;
}

void arm_mac_text(const uint8_t mac[6], char separator, char text[ARM_MAC_TEXT])
{
	for (size_t i = 0; i < 6; i++) {
		hex_text(&mac[i], 1, text + 3 * i);
		text[3 * i + 2] = i < 5 ? separator : '\0';
	}
}

int arm_release_extended(const char *release)
{
	static const char digits[] = "0123456789";
	size_t len = strspn(release, digits);
	const char *minor_at = release + len + 1;
	uint64_t major, minor;
	struct err err;

	if (release[len] != '.' || num_u64(&err, "release", release, len, 0, 9999, &major) ||
	    num_u64(&err, "release", minor_at, strspn(minor_at, digits), 0, 9999, &minor))
		return 1;
	return major > 4 || (major == 4 && minor >= 4);
}

enum arm_way arm_target_way(int in_kernel, int ours, int have)
{
	if (!in_kernel)
		return have ? ARM_WAY_MODULE : ARM_WAY_NONE;
	return ours && have ? ARM_WAY_RELOAD : ARM_WAY_CONFIGFS;
}

int arm_target_param(struct err *err, const struct arm_target *target,
    const struct arm_server *server, char out[ARM_PARAM_MAX])
{
	char source[INET_ADDRSTRLEN], remote[INET_ADDRSTRLEN], mac[ARM_MAC_TEXT];
	int n;

	if (!target->name[0] || strpbrk(target->name, ",/@ \t\n\""))
		return err_set(
		    err, "interface name %s cannot be given to netconsole", target->name);
	if (!target_mac_ok(target->mac))
		return err_set(err, "the next hop's MAC is not one host's");
	if (!inet_ntop(AF_INET, &target->source, source, sizeof(source)) ||
	    !inet_ntop(AF_INET, &server->address, remote, sizeof(remote)))
		return err_set(err, "addresses of the netconsole target");
	arm_mac_text(target->mac, ':', mac);
	n = snprintf(out, ARM_PARAM_MAX, "netconsole=%s%d@%s/%s,%u@%s/%s",
	    server->extended ? "+" : "", NETCONSOLE_SOURCE_PORT, source, target->name,
	    (unsigned)server->port, remote, mac);
	return n > 0 && n < ARM_PARAM_MAX ? 0 : err_set(err, "netconsole parameter too long");
}
