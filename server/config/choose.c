/* SPDX-License-Identifier: MIT */
/* choose: a machine's rule and profile; see config.h. Pure. */
#include "config.h"

#include <arpa/inet.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"

const struct config_profile *config_profile(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->profile_count; i++)
		if (strcmp(config->profiles[i].name, name) == 0)
			return &config->profiles[i];
	return NULL;
}

const struct config_profile *config_bootable(const struct config *config, const char *name)
{
	const struct config_profile *profile = config_profile(config, name);

	return profile && profile->image[0] ? profile : NULL;
}

/* "a.b.c.d" as ::ffff:a.b.c.d; how many bits come before the address, or -1. */
static int address_parse(const char *text, uint8_t address[16])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (strchr(text, ':'))
		return inet_pton(AF_INET6, text, address) == 1 ? 0 : -1;
	memcpy(address, mapped, sizeof(mapped));
	return inet_pton(AF_INET, text, address + 12) == 1 ? 96 : -1;
}

/* "ADDRESS/BITS", or "ADDRESS" for one address. 0/-1. */
static int subnet_parse(struct err *err, const char *text, size_t len, struct config_subnet *subnet)
{
	const char *slash = memchr(text, '/', len);
	char host[INET6_ADDRSTRLEN], bits[8];
	size_t host_len = slash ? (size_t)(slash - text) : len;
	int before = -1;

	snprintf(host, sizeof(host), "%.*s", (int)host_len, text);
	snprintf(bits, sizeof(bits), "%.*s", (int)(len - host_len), text + host_len);
	if (host_len < sizeof(host) && len - host_len < sizeof(bits))
		before = address_parse(host, subnet->address);
	subnet->bits = 128 - before;
	if (before < 0 || (slash && num_int(err, "bits", bits + 1, 0, 128 - before, &subnet->bits)))
		return err_set(err, "\"%.*s\" is not a subnet", (int)(len < 60 ? len : 60), text);
	subnet->bits += before;
	return 0;
}

int config_subnet_ok(struct err *err, const char *text)
{
	struct config_subnet ignored;

	return strchr(text, '/') ? subnet_parse(err, text, strlen(text), &ignored) : 0;
}

int config_subnets(struct err *err, const char *list, struct config_subnet *out, int max)
{
	static const char between[] = " \t\r\n,\"'[]";
	struct config_subnet subnet;
	int count = 0;
	size_t len;

	for (list += strspn(list, between); (len = strcspn(list, between)) > 0;
	     list += strspn(list, between)) {
		if (subnet_parse(err, list, len, &subnet))
			return -1;
		if (count == CONFIG_SUBNETS_MAX)
			return err_set(err, "more than %d subnets", (int)CONFIG_SUBNETS_MAX);
		if (count < max)
			out[count] = subnet;
		count++;
		list += len;
	}
	return count;
}

int config_subnet_holds(const struct config_subnet *subnet, const uint8_t address[16])
{
	const int whole = subnet->bits / 8, rest = subnet->bits % 8;

	return memcmp(subnet->address, address, (size_t)whole) == 0 &&
	       (rest == 0 || (subnet->address[whole] ^ address[whole]) >> (8 - rest) == 0);
}

static int client_is_in(const char *text, const char *client)
{
	struct config_subnet subnet;
	uint8_t address[16];
	struct err ignored;

	return subnet_parse(&ignored, text, strlen(text), &subnet) == 0 &&
	       address_parse(client, address) >= 0 && config_subnet_holds(&subnet, address);
}

enum config_match config_mismatch(
    const struct config_rule *rule, const char *const identity[MATCH_COUNT])
{
	for (int m = 0; m < MATCH_COUNT; m++) {
		const char *glob = rule->glob[m], *is = identity[m] ? identity[m] : "";

		if (!glob)
			continue;
		if (m == MATCH_CLIENT && strchr(glob, '/') ? !client_is_in(glob, is)
							   : fnmatch(glob, is, FNM_CASEFOLD))
			return (enum config_match)m;
	}
	return MATCH_COUNT;
}

const struct config_rule *config_choose(
    const struct config *config, const char *const identity[MATCH_COUNT])
{
	for (size_t i = 0; i < config->rule_count; i++)
		if (config_mismatch(&config->rules[i], identity) == MATCH_COUNT)
			return &config->rules[i];
	return NULL;
}
