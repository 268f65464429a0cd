/* SPDX-License-Identifier: MIT */
/* arm_target: a netconsole target's texts; see arm_target.h. Pure. */
#include "arm_target.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "num.h"

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

int arm_release_extended(const char *release)
{
	size_t major = strspn(release, "0123456789");
	const char *minor_at = release + major + 1;
	int64_t version[2] = {0, 0};
	size_t minor;

	if (major == 0 || major > 4 || release[major] != '.')
		return 1;
	minor = strspn(minor_at, "0123456789");
	if (minor == 0 || minor > 4)
		return 1;
	for (size_t i = 0; i < major; i++)
		version[0] = version[0] * 10 + (release[i] - '0');
	for (size_t i = 0; i < minor; i++)
		version[1] = version[1] * 10 + (minor_at[i] - '0');
	return version[0] > 4 || (version[0] == 4 && version[1] >= 4);
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
	char source[INET_ADDRSTRLEN], remote[INET_ADDRSTRLEN];
	const uint8_t *m = target->mac;
	int n;

	if (!target->name[0] || strpbrk(target->name, ",/@ \t\n\""))
		return err_set(
		    err, "interface name %s cannot be given to netconsole", target->name);
	if (!target_mac_ok(m))
		return err_set(err, "the next hop's MAC is not one host's");
	if (!inet_ntop(AF_INET, &target->source, source, sizeof(source)) ||
	    !inet_ntop(AF_INET, &server->address, remote, sizeof(remote)))
		return err_set(err, "addresses of the netconsole target");
	n = snprintf(out, ARM_PARAM_MAX,
	    "netconsole=%s%d@%s/%s,%u@%s/%02x:%02x:%02x:%02x:%02x:%02x",
	    server->extended ? "+" : "", NETCONSOLE_SOURCE_PORT, source, target->name,
	    (unsigned)server->port, remote, m[0], m[1], m[2], m[3], m[4], m[5]);
	return n > 0 && n < ARM_PARAM_MAX ? 0 : err_set(err, "netconsole parameter too long");
}
