/* SPDX-License-Identifier: MIT */
/* choose: a machine's rule and profile; see config.h. Pure. */
#include "config.h"

#include <arpa/inet.h>
#include <fnmatch.h>
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

/* "ADDRESS/BITS" into its bytes; the address's family, or -1. */
static int subnet_parse(const char *text, unsigned char address[16], int *bits)
{
	const char *slash = strchr(text, '/');
	char host[INET6_ADDRSTRLEN];
	struct err err;
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;
	size_t len = slash ? (size_t)(slash - text) : 0;

	if (!slash || len >= sizeof(host))
		return -1;
	memcpy(host, text, len);
	host[len] = '\0';
	if (inet_pton(family, host, address) != 1 ||
	    num_int(&err, "bits", slash + 1, 0, family == AF_INET ? 32 : 128, bits))
		return -1;
	return family;
}

int config_subnet_ok(struct err *err, const char *text)
{
	unsigned char address[16];
	int bits;

	if (strchr(text, '/') && subnet_parse(text, address, &bits) < 0)
		return err_set(err, "\"%.60s\" is not a subnet", text);
	return 0;
}

static int subnet_holds(const char *subnet, const char *client)
{
	unsigned char want[16], is[16];
	int bits, family = subnet_parse(subnet, want, &bits);

	if (family < 0 || inet_pton(family, client, is) != 1)
		return 0;
	if (memcmp(want, is, (size_t)bits / 8) != 0)
		return 0;
	return bits % 8 == 0 || ((want[bits / 8] ^ is[bits / 8]) >> (8 - bits % 8)) == 0;
}

enum config_match config_mismatch(
    const struct config_rule *rule, const char *const identity[MATCH_COUNT])
{
	for (int m = 0; m < MATCH_COUNT; m++) {
		const char *glob = rule->glob[m], *is = identity[m] ? identity[m] : "";

		if (!glob)
			continue;
		if (m == MATCH_CLIENT && strchr(glob, '/') ? !subnet_holds(glob, is)
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
