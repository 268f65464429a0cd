/* SPDX-License-Identifier: MIT */
/*
 * lastwords explain: which rule matches a machine, why each rule before it does not, and the boot script
 * for it, made by the code that serves machines. Records nothing.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/kv.h"
#include "boot/override.h"
#include "cgi/boot/boot.h"
#include "cgi/boot/identity.h"
#include "cli.h"

static char explain_query[REQUEST_QUERY_MAX + 1];

static const char *explain_variable(const char *name)
{
	if (strcmp(name, "QUERY_STRING") == 0)
		return explain_query;
	return strcmp(name, "REQUEST_URI") == 0 ? "/boot" : NULL;
}

/* MAC [FIELD=VALUE…] as a query. 0/-1. */
static int explain_read(struct err *err, int argc, char **argv)
{
	char key[16], mac[18];
	uint8_t bytes[6];
	struct kv_out out;

	if (mac_parse(err, argv[1], bytes))
		return -1;
	mac_format(bytes, mac);
	kv_out_init(&out, explain_query, sizeof(explain_query));
	for (int i = 2; i < argc; i++) {
		const char *equals = strchr(argv[i], '=');
		size_t len = equals ? (size_t)(equals - argv[i]) : 0;
		int known = 0;

		if (!equals || len >= sizeof(key))
			return err_set(err,
			    "invalid argument \"%.60s\"; use FIELD=VALUE, as in product=KVM",
			    argv[i]);
		memcpy(key, argv[i], len);
		key[len] = '\0';
		if (strcmp(key, "client") == 0)
			snprintf(key, sizeof(key), "ip");
		known = strcmp(key, "ip") == 0;
		for (int m = 0; m < MATCH_COUNT; m++)
			known |= m != MATCH_MAC && strcmp(key, config_match_name(m)) == 0;
		if (!known)
			return err_set(err,
			    "unknown field \"%.15s\"; use product, manufacturer, serial, asset, uuid, arch, platform or client",
			    key);
		kv_out_pair(&out, '&', key, equals + 1);
	}
	kv_out_pair(&out, '&', "mac", mac);
	return out.overflow ? err_set(err, "arguments longer than %d bytes; leave some out",
				  REQUEST_QUERY_MAX)
			    : 0;
}

static void explain_rules(const struct config *config, const char *const identity[MATCH_COUNT])
{
	for (size_t i = 0; i < config->rule_count; i++) {
		const struct config_rule *rule = &config->rules[i];
		enum config_match m = config_mismatch(rule, identity);

		printf("%s:%d: ", config->file, rule->at.line);
		if (m == MATCH_COUNT) {
			printf("matches: profile %s\n", rule->profile);
			return;
		}
		printf("no: %s is \"", config_match_name(m));
		cli_print_safe(identity[m]);
		printf("\", not %s\n", rule->glob[m]);
	}
	printf("%s:%d: no rule matches: unknown = %s\n", config->file,
	    config_line(&config->at, "unknown"), config->unknown);
}

static void explain_override(const struct config *config, const uint8_t mac[6])
{
	struct override override;
	struct err err;
	int rc = override_read(&err, config->state, mac, &override);
	char when[25];

	if (rc < 0)
		err_print("lastwords", &err);
	if (rc <= 0)
		return;
	clock_format(override.set_ms, when);
	printf("set for this machine at %s%s:", when, override.once ? ", for one boot" : "");
	if (override.profile[0])
		printf(" profile %s%s", override.profile,
		    config_bootable(config, override.profile) ? " (wins over the rules)"
							      : " (not defined: rules decide)");
	if (override.args[0]) {
		printf(" args ");
		cli_print_safe(override.args);
	}
	if (override.drill)
		printf(" drill after %d s", override.drill);
	printf("\n");
}

/* pxelinux's configuration, if the script starts pxelinux. */
static void explain_pxelinux(struct site *site, struct request *request, struct reply *reply)
{
	static const char option[] = "set 209:string ";
	const char *name = strstr(reply->body, option);

	if (!name)
		return;
	name += sizeof(option) - 1;
	snprintf(
	    request->path, sizeof(request->path), "/pxelinux/%.*s", (int)strcspn(name, "\n"), name);
	printf("\n%s:\n", request->path);
	request->query = "";
	boot_answer(site, request, clock_now(), reply);
	printf("%s", reply->body);
	if (reply->warning.msg[0])
		err_print("lastwords", &reply->warning);
}

int cmd_explain(struct cli *cli, int argc, char **argv)
{
	static struct reply reply;
	static struct identity identity;
	const char *match[MATCH_COUNT];
	struct request request;
	struct site site;
	struct err err;

	if (argc < 2)
		return cli_usage(argv[0]);
	if (explain_read(&err, argc, argv))
		return cli_fail(&err);
	site_init(&site, config_path(cli->conf));
	site.dry = 1;
	site_refresh(&site, clock_now());
	if (!site.loaded)
		return cli_fail(&site.error);
	identity_read(&identity, explain_query);
	for (int m = 0; m < MATCH_COUNT; m++)
		match[m] = identity.match[m];
	explain_override(&site.config, identity.mac);
	explain_rules(&site.config, match);
	request_init(&request, explain_variable);
	boot_answer(&site, &request, clock_now(), &reply);
	printf("\n%s", reply.body);
	if (reply.warning.msg[0])
		err_print("lastwords", &reply.warning);
	explain_pxelinux(&site, &request, &reply);
	site_free(&site);
	return CLI_OK;
}
